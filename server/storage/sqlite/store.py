"""The whole store on SQLite, and the opening of a data folder."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lookout.server.storage import master_key
from lookout.server.storage.crops import Crops
from lookout.server.storage.errors import (
    DatabaseLost,
    MasterKeyLost,
    MasterKeyWrong,
    StorageError,
)
from lookout.server.storage.lock import FolderLock, make_folder
from lookout.server.storage.sqlite.alerts import SqliteAlerts
from lookout.server.storage.sqlite.api_keys import SqliteApiKeys
from lookout.server.storage.sqlite.audit import SqliteAudit
from lookout.server.storage.sqlite.cameras import SqliteCameras
from lookout.server.storage.sqlite.common import Tools
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.definitions import SqliteDefinitions
from lookout.server.storage.sqlite.deliveries import SqliteDeliveries
from lookout.server.storage.sqlite.events import SqliteEvents
from lookout.server.storage.sqlite.faces import SqliteFaces
from lookout.server.storage.sqlite.merges import SqliteMerges
from lookout.server.storage.sqlite.movements import SqliteMovements
from lookout.server.storage.sqlite.people import SqlitePeople
from lookout.server.storage.sqlite.plans import SqlitePlans
from lookout.server.storage.sqlite.samples import SqliteSamples
from lookout.server.storage.sqlite.sightings import SqliteSightings
from lookout.server.storage.sqlite.users import SqliteLoginFailures, SqliteSessions, SqliteUsers
from lookout.server.storage.sqlite.values import SqliteImports, SqliteSettings
from lookout.server.storage.sqlite.visits import SqliteVisits
from lookout.server.storage.vault import Vault

LOG = logging.getLogger(__name__)
DATABASE = "lookout.db"
CROPS = "crops"


class SqliteStore:
    """`server.storage.store.Store`; `open_store` makes one."""

    def __init__(self, lock: FolderLock, tools: Tools) -> None:
        self._lock = lock
        self._database = tools.database
        self.samples = SqliteSamples(tools)
        self.people = SqlitePeople(tools, self.samples)
        self.merges = SqliteMerges(tools, self.people, self.samples)
        self.sightings = SqliteSightings(tools)
        self.faces = SqliteFaces(tools)
        self.visits = SqliteVisits(tools)
        self.movements = SqliteMovements(tools)
        self.events = SqliteEvents(tools)
        self.cameras = SqliteCameras(tools)
        self.plans = SqlitePlans(tools)
        self.audit = SqliteAudit(tools)
        self.users = SqliteUsers(tools)
        self.sessions = SqliteSessions(tools)
        self.api_keys = SqliteApiKeys(tools)
        self.login_failures = SqliteLoginFailures(tools)
        self.settings = SqliteSettings(tools)
        self.imports = SqliteImports(tools)
        self.definitions = SqliteDefinitions(tools)
        self.alerts = SqliteAlerts(tools)
        self.deliveries = SqliteDeliveries(tools)

    @property
    def disk_full(self) -> bool:
        return self._database.disk_full

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self._database.write():
            yield

    def close(self) -> None:
        self._database.close()
        self._lock.close()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(folder: Path, environment: Mapping[str, str]) -> SqliteStore:
    """Open the store in `folder`, or make a new one there; `environment` may hold the master key.

    Raises MasterKeyError where the key is lost, wrong or unsafe, and StorageError for the rest.
    """
    make_folder(folder)
    make_folder(folder / CROPS)
    crops = Crops(folder / CROPS)
    with contextlib.ExitStack() as undo:
        lock = FolderLock(folder, alone=False)
        undo.callback(lock.close)
        _require_database(folder, crops)
        database = Database(folder / DATABASE)
        undo.callback(database.close)
        vault, locked = _unlocked(folder, environment, database, crops)
        tools = Tools(
            database,
            vault,
            crops,
            vault.unlock(locked),
            vault.blinder(locked),
        )
        _sweep(tools)
        store = SqliteStore(lock, tools)
        undo.pop_all()
    return store


def read_locked_store_key(database: Database) -> bytes | None:
    """The store's own data key as it is kept; None in a new database."""
    with database.read() as reader:
        row = reader.execute("SELECT locked FROM data_keys WHERE purpose = 'store'").fetchone()
    return None if row is None else bytes(row["locked"])


def _require_database(folder: Path, crops: Crops) -> None:
    """Raises DatabaseLost where the folder has been in use and holds no database any more."""
    path = folder / DATABASE
    if path.is_file() and path.stat().st_size > 0:
        return
    keys = [name for name in master_key.FILENAMES if (folder / name).exists()]
    if keys or not crops.is_empty():
        raise _database_lost(folder, keys)


def _database_lost(folder: Path, keys: Sequence[str]) -> DatabaseLost:
    found = " and ".join([*keys, *([] if keys else ["face crops"])])
    return DatabaseLost(
        f"the database {folder / DATABASE} is missing or empty, but {found} of an earlier one "
        "is there, so nothing was changed. Put the database back from your backup (lookout "
        f"restore); to start with nobody, move {folder} away"
    )


def _unlocked(
    folder: Path, environment: Mapping[str, str], database: Database, crops: Crops
) -> tuple[Vault, bytes]:
    key = master_key.read_master_key(folder, environment)
    locked = read_locked_store_key(database)
    if locked is None:
        if not crops.is_empty():
            raise _database_lost(folder, ())
        return _locked_first(Vault(key or master_key.create_master_key(folder)), database)
    if key is None:
        key = _promoted(folder, locked)
    if key is None:
        raise MasterKeyLost(
            f"the master key is gone: {folder / DATABASE} is locked, but neither "
            f"{folder / master_key.FILENAME} nor {master_key.VARIABLE} is there. Put the key "
            "back from your backup. Without it nobody can read what is kept; to start anew, "
            f"move {folder} away"
        )
    vault = Vault(key)
    try:
        vault.unlock(locked)
    except MasterKeyWrong:
        promoted = None if environment.get(master_key.VARIABLE) else _promoted(folder, locked)
        if promoted is None:
            raise
        vault = Vault(promoted)
    return vault, locked


def _locked_first(vault: Vault, database: Database) -> tuple[Vault, bytes]:
    with database.write() as writer:
        # of two processes that start at once, the first one's key counts
        writer.execute(
            "INSERT INTO data_keys (purpose, locked) VALUES ('store', ?) ON CONFLICT DO NOTHING",
            (vault.new_key()[1],),
        )
        locked = read_locked_store_key(database)
    if locked is None:
        raise StorageError("the store's own key has vanished while it was being made")
    vault.unlock(locked)
    return vault, locked


def _promoted(folder: Path, locked: bytes) -> bytes | None:
    """The next key of a rotation that was cut off after the store had been locked with it."""
    key = master_key.read_key_file(folder / master_key.NEXT_FILENAME)
    if key is None:
        return None
    try:
        Vault(key).unlock(locked)
    except MasterKeyWrong:
        return None
    master_key.promote_next_key(folder)
    LOG.warning("finished the change of the master key that had been cut off")
    return key


def _sweep(tools: Tools) -> None:
    with tools.database.read() as reader:
        rows = reader.execute(
            "SELECT crop FROM samples WHERE crop IS NOT NULL "
            "UNION ALL SELECT crop FROM sightings WHERE crop IS NOT NULL"
        ).fetchall()
    swept = tools.crops.sweep({row["crop"] for row in rows}, time.time())
    if swept.removed:
        LOG.info("removed %d face crops of changes that were cut off", swept.removed)
    if swept.left:
        LOG.error(
            "%d face crops belong to no record of this database, more than changes that were cut "
            "off leave: is it an older copy? They stay; if they may go, delete them from %s",
            swept.left,
            tools.crops.folder,
        )
