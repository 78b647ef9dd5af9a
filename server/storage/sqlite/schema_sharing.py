"""The schema of what several servers on one store need: numbers of changes, and leases."""

from __future__ import annotations

SHARING = (
    "CREATE TABLE settings_version (number INTEGER NOT NULL) STRICT",
    "INSERT INTO settings_version VALUES (1)",
    *(
        f"""CREATE TRIGGER settings_{change.lower()} AFTER {change} ON settings BEGIN
            UPDATE settings_version SET number = number + 1;
        END"""
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
    """CREATE TABLE leases (
        camera TEXT PRIMARY KEY,
        holder TEXT NOT NULL,
        term INTEGER NOT NULL,
        until_s REAL NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
