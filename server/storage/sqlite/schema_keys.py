"""The schema of the key file of a store in MongoDB (`server.storage.mongo.key_file`)."""

from __future__ import annotations

from lookout.server.storage.sqlite.migrations import Schema

_APPLICATION_ID = 0x4C4F4F4D  # "LOOM"
KEYS_SCHEMA = Schema(
    _APPLICATION_ID,
    (
        (
            # AUTOINCREMENT: the number of a destroyed key is never used again
            """CREATE TABLE data_keys (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                purpose TEXT NOT NULL CHECK (purpose IN ('store', 'person', 'sighting')),
                locked BLOB NOT NULL,
                state TEXT NOT NULL DEFAULT 'kept',
                made_at REAL NOT NULL DEFAULT 0
            ) STRICT""",
            "CREATE UNIQUE INDEX one_store_key ON data_keys (purpose) WHERE purpose = 'store'",
            "CREATE INDEX data_keys_unsettled ON data_keys (state) WHERE state <> 'kept'",
            "CREATE TABLE identity (store TEXT NOT NULL) STRICT",
        ),
    ),
)
