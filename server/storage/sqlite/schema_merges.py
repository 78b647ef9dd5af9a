"""The schema of merges that can still be taken back: one step of `sqlite.migrations`.

What was whose is sealed under the key of whoever stayed, and goes with them.
"""

from __future__ import annotations

MERGES = (
    """CREATE TABLE merges (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        at_s REAL NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX merges_by_person ON merges (person)",
    "CREATE INDEX merges_by_time ON merges (at_s)",
)
