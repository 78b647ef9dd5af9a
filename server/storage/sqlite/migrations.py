"""The schema, as numbered steps. A step that has been released is never edited: add one.

`sealed` columns are under the record's data key; `*_index` columns are keyed hashes; `crop` is the
name of a sealed file, a fresh one whenever the picture or its key changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from lookout.server.storage.errors import StoreDamaged, StoreTooNew
from lookout.server.storage.sqlite.schema_alerts import ALERTS
from lookout.server.storage.sqlite.schema_cameras import CAMERAS
from lookout.server.storage.sqlite.schema_events import EVENTS
from lookout.server.storage.sqlite.schema_faces import FACES
from lookout.server.storage.sqlite.schema_merges import MERGES
from lookout.server.storage.sqlite.schema_movement import MOVEMENT, ZONES
from lookout.server.storage.sqlite.schema_plans import PLANS
from lookout.server.storage.sqlite.schema_sharing import SHARING

APPLICATION_ID = 0x4C4F4F4B  # "LOOK"

_PEOPLE = (
    # AUTOINCREMENT: the number of a destroyed key is never used again
    """CREATE TABLE data_keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        purpose TEXT NOT NULL CHECK (purpose IN ('store', 'person', 'sighting')),
        locked BLOB NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX one_store_key ON data_keys (purpose) WHERE purpose = 'store'",
    """CREATE TABLE people (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        data_key INTEGER NOT NULL UNIQUE REFERENCES data_keys (id),
        sealed BLOB NOT NULL,
        name_index BLOB NOT NULL,
        identifier_index BLOB UNIQUE,
        created_at REAL NOT NULL
    ) STRICT""",
    "CREATE INDEX people_by_name ON people (name_index)",
    """CREATE TRIGGER people_take_their_keys AFTER DELETE ON people BEGIN
        DELETE FROM data_keys WHERE id = OLD.data_key;
    END""",
    """CREATE TABLE samples (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        encoder TEXT NOT NULL,
        sealed_encoding BLOB NOT NULL,
        sealed_source BLOB NOT NULL,
        origin TEXT NOT NULL,
        content_index BLOB,
        quality REAL,
        crop TEXT,
        created_at REAL NOT NULL
    ) STRICT""",
    "CREATE INDEX samples_by_person ON samples (person)",
    "CREATE INDEX samples_by_content ON samples (content_index)",
)

_SIGHTINGS = (
    """CREATE TABLE sightings (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        data_key INTEGER NOT NULL UNIQUE REFERENCES data_keys (id),
        person TEXT REFERENCES people (id) ON DELETE CASCADE,
        cluster TEXT,
        camera TEXT NOT NULL,
        first_s REAL NOT NULL,
        last_s REAL NOT NULL,
        state TEXT NOT NULL,
        distance REAL,
        quality REAL,
        encoder TEXT NOT NULL,
        sealed_encoding BLOB,
        sealed_detail BLOB NOT NULL,
        crop TEXT
    ) STRICT""",
    "CREATE INDEX sightings_by_time ON sightings (last_s, seq)",
    "CREATE INDEX sightings_by_person ON sightings (person, last_s)",
    "CREATE INDEX sightings_by_cluster ON sightings (cluster, last_s)",
    """CREATE TRIGGER sightings_take_their_keys AFTER DELETE ON sightings BEGIN
        DELETE FROM data_keys WHERE id = OLD.data_key;
    END""",
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        at_s REAL NOT NULL,
        camera TEXT NOT NULL,
        person TEXT REFERENCES people (id) ON DELETE CASCADE,
        sighting TEXT,
        sealed_detail BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX events_by_time ON events (at_s, seq)",
    "CREATE INDEX events_by_person ON events (person)",
    """CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
)

_ACCOUNTS = (
    """CREATE TABLE users (
        id TEXT PRIMARY KEY,
        username TEXT NOT NULL,
        folded TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        disabled INTEGER NOT NULL,
        created_at REAL NOT NULL
    ) STRICT""",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        refresh_id TEXT NOT NULL,
        created_at REAL NOT NULL,
        expires_at REAL NOT NULL,
        revoked INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX sessions_by_user ON sessions (user)",
    """CREATE TABLE api_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        secret_hash BLOB NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at REAL NOT NULL,
        expires_at REAL,
        last_used_at REAL,
        revoked_at REAL
    ) STRICT""",
    """CREATE TABLE login_failures (
        subject_index BLOB PRIMARY KEY,
        count INTEGER NOT NULL,
        last_s REAL NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        at_s REAL NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        sealed_detail BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX audit_by_time ON audit (at_s, seq)",
)

_IMPORTS_AND_VERSION = (
    """CREATE TABLE import_rows (
        run TEXT NOT NULL,
        row INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (run, row)
    ) STRICT, WITHOUT ROWID""",
    "ALTER TABLE samples ADD COLUMN negative INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE gallery_version (number INTEGER NOT NULL) STRICT",
    "INSERT INTO gallery_version VALUES (1)",
    *(
        f"""CREATE TRIGGER gallery_{table}_{change.lower()} AFTER {change} ON {table} BEGIN
            UPDATE gallery_version SET number = number + 1;
        END"""
        for table in ("people", "samples")
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
)

_LIVE = (
    "CREATE INDEX sightings_unnamed ON sightings (last_s, seq) WHERE person IS NULL",
    "CREATE INDEX sightings_by_camera ON sightings (camera, last_s)",
    "ALTER TABLE api_keys ADD COLUMN edge_id TEXT",
    "ALTER TABLE api_keys ADD COLUMN sealed_edge_secret BLOB",
    "CREATE UNIQUE INDEX api_keys_by_edge_id ON api_keys (edge_id)",
)

_RIGHTS = (
    # what a key may do is limited by its maker's rights of now: `user:` or `key:` and an id; empty
    # for a key that was made under --no-auth
    "ALTER TABLE api_keys ADD COLUMN maker TEXT NOT NULL DEFAULT ''",
    """UPDATE api_keys SET maker = CASE
        WHEN created_by IN (SELECT username FROM users)
            THEN 'user:' || (SELECT id FROM users WHERE username = created_by)
        WHEN created_by = 'no-auth' THEN ''
        WHEN (SELECT count(*) FROM api_keys m WHERE 'key:' || m.name = api_keys.created_by) = 1
            THEN 'key:' || (SELECT id FROM api_keys m WHERE 'key:' || m.name = api_keys.created_by)
        ELSE 'user:' END""",
    # edges with a key could enrol until then, and the keys that are in use keep that
    """UPDATE api_keys SET scopes = json_insert(scopes, '$[#]', 'enrol')
        WHERE EXISTS (SELECT 1 FROM json_each(scopes) WHERE value = 'edge')""",
    "ALTER TABLE users ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0",
)

MIGRATIONS: Sequence[Sequence[str]] = (
    _PEOPLE,
    _SIGHTINGS,
    _ACCOUNTS,
    _IMPORTS_AND_VERSION,
    _LIVE,
    _RIGHTS,
    EVENTS,
    CAMERAS,
    MOVEMENT,
    ALERTS,
    PLANS,
    ZONES,
    FACES,
    MERGES,
    SHARING,
)


@dataclass(frozen=True, slots=True)
class Schema:
    """The steps that make a database, and the number that says whose it is."""

    application_id: int
    steps: Sequence[Sequence[str]]


LOOKOUT = Schema(APPLICATION_ID, MIGRATIONS)


def migrate(
    connection: sqlite3.Connection, target: int | None = None, schema: Schema = LOOKOUT
) -> None:
    """Bring the schema to `target`, the last where none is given, each step in a transaction of
    its own.

    Raises StoreTooNew for a later schema, StoreDamaged for another program's database.
    """
    _check_owner(connection, schema)
    newest = len(schema.steps)
    target = newest if target is None else target
    while _version(connection) < target:
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _version(connection)  # another process may have been quicker
            if version < target:
                for statement in schema.steps[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {schema.application_id}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    if _version(connection) > newest:
        raise too_new(_version(connection), newest)


def too_new(found: int, known: int) -> StoreTooNew:
    """The error for a database of a later Lookout."""
    return StoreTooNew(
        f"the database has schema {found}, this Lookout knows {known}: install the later Lookout "
        "again, or restore the backup that was made before it"
    )


def _check_owner(connection: sqlite3.Connection, schema: Schema) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and owner != schema.application_id:
        raise StoreDamaged("this is the database of another program")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
