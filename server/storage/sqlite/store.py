"""The whole store on SQLite, and the opening of a data folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from lookout.server.storage.crops import Crops
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
from lookout.server.storage.sqlite.sharing import SqliteChanges, SqliteLeases
from lookout.server.storage.sqlite.sightings import SqliteSightings
from lookout.server.storage.sqlite.users import SqliteLoginFailures, SqliteSessions, SqliteUsers
from lookout.server.storage.sqlite.values import SqliteImports, SqliteSettings
from lookout.server.storage.sqlite.visits import SqliteVisits
from lookout.server.storage.unlocking import (
    DatabaseKeys,
    require_unused,
    sweep_crops,
    unlocked,
)

DATABASE = "lookout.db"
CROPS = "crops"


class SqliteStore:
    """`server.storage.store.Store`; `open_store` makes one."""

    is_shared = False
    has_key_service = False

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
        self.changes = SqliteChanges(tools)
        self.leases = SqliteLeases(tools)

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
        vault, locked = unlocked(folder, environment, DatabaseKeys(database), DATABASE, crops)
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


def _require_database(folder: Path, crops: Crops) -> None:
    """Raises DatabaseLost where the folder has been in use and holds no database any more."""
    path = folder / DATABASE
    if not (path.is_file() and path.stat().st_size > 0):
        require_unused(folder, DATABASE, crops)


def _sweep(tools: Tools) -> None:
    with tools.database.read() as reader:
        rows = reader.execute(
            "SELECT crop FROM samples WHERE crop IS NOT NULL "
            "UNION ALL SELECT crop FROM sightings WHERE crop IS NOT NULL"
        ).fetchall()
    sweep_crops(tools.crops, {row["crop"] for row in rows})
