"""The schema of cameras. What a picture can be fetched with is sealed under the store's key."""

from __future__ import annotations

CAMERAS = (
    """CREATE TABLE cameras (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        created_at REAL NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT""",
    "CREATE TABLE camera_version (number INTEGER NOT NULL) STRICT",
    "INSERT INTO camera_version VALUES (1)",
    *(
        f"""CREATE TRIGGER cameras_{change.lower()} AFTER {change} ON cameras BEGIN
            UPDATE camera_version SET number = number + 1;
        END"""
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
)
