"""The schema of floor plans. Name and picture are sealed under the store's key, and the picture
lies in the database itself: a few hundred kilobytes each, which backups take with them as they are.
"""

from __future__ import annotations

PLANS = (
    """CREATE TABLE plans (
        id TEXT PRIMARY KEY,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        created_at REAL NOT NULL,
        sealed BLOB NOT NULL,
        sealed_image BLOB NOT NULL
    ) STRICT""",
)
