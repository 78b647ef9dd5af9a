"""The whole store on MongoDB, and the opening of its data folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lookout.server.storage.lock import FolderLock, make_folder
from lookout.server.storage.mongo.address import MongoAddress
from lookout.server.storage.mongo.alerts import MongoAlerts
from lookout.server.storage.mongo.api_keys import MongoApiKeys
from lookout.server.storage.mongo.audit import MongoAudit
from lookout.server.storage.mongo.cameras import MongoCameras
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import MongoConnection
from lookout.server.storage.mongo.database import BUSY_TIMEOUT_S, MongoDatabase
from lookout.server.storage.mongo.definitions import MongoDefinitions
from lookout.server.storage.mongo.deliveries import MongoDeliveries
from lookout.server.storage.mongo.events import MongoEvents
from lookout.server.storage.mongo.faces import MongoFaces
from lookout.server.storage.mongo.key_file import FILENAME
from lookout.server.storage.mongo.key_opening import open_crops, open_keys
from lookout.server.storage.mongo.merges import MongoMerges
from lookout.server.storage.mongo.migrations import migrate
from lookout.server.storage.mongo.movements import MongoMovements
from lookout.server.storage.mongo.people import MongoPeople
from lookout.server.storage.mongo.plans import MongoPlans
from lookout.server.storage.mongo.remote_keys import RemoteKeys
from lookout.server.storage.mongo.samples import MongoSamples
from lookout.server.storage.mongo.sharing import MongoChanges, MongoLeases
from lookout.server.storage.mongo.sightings import MongoSightings
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.mongo.users import MongoLoginFailures, MongoSessions, MongoUsers
from lookout.server.storage.mongo.values import MongoImports, MongoSettings
from lookout.server.storage.mongo.visits import MongoVisits
from lookout.server.storage.unlocking import sweep_crops, unlocked


class MongoStore:
    """`server.storage.store.Store`; `open_mongo_store` makes one."""

    is_shared = True

    def __init__(self, lock: FolderLock, tools: MongoTools) -> None:
        self._lock = lock
        self._database = tools.database
        self.samples = MongoSamples(tools)
        self.people = MongoPeople(tools, self.samples)
        self.merges = MongoMerges(tools, self.people, self.samples)
        self.sightings = MongoSightings(tools)
        self.faces = MongoFaces(tools)
        self.visits = MongoVisits(tools)
        self.movements = MongoMovements(tools)
        self.events = MongoEvents(tools)
        self.cameras = MongoCameras(tools)
        self.plans = MongoPlans(tools)
        self.audit = MongoAudit(tools)
        self.users = MongoUsers(tools)
        self.sessions = MongoSessions(tools)
        self.api_keys = MongoApiKeys(tools)
        self.login_failures = MongoLoginFailures(tools)
        self.settings = MongoSettings(tools)
        self.imports = MongoImports(tools)
        self.definitions = MongoDefinitions(tools)
        self.alerts = MongoAlerts(tools)
        self.deliveries = MongoDeliveries(tools)
        self.changes = MongoChanges(tools)
        self.leases = MongoLeases(tools)

    @property
    def has_key_service(self) -> bool:
        return isinstance(self._database.keys, RemoteKeys)

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

    def __enter__(self) -> MongoStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_mongo_store(
    folder: Path,
    environment: Mapping[str, str],
    address: MongoAddress,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> MongoStore:
    """Opens the store whose records are at `address`, and whose keys and crops are in `folder`, or
    makes a new one; `environment` may hold the master key, and say where a key service is.

    Raises MasterKeyError where the key is lost, wrong or unsafe, and StorageError for the rest.
    """
    make_folder(folder)
    with contextlib.ExitStack() as undo:
        lock = FolderLock(folder, alone=False)
        undo.callback(lock.close)
        connection = MongoConnection(address)
        undo.callback(connection.close)
        crops = open_crops(folder, connection, environment)
        keys = open_keys(folder, connection, crops, environment)
        undo.callback(keys.close)
        vault, locked = unlocked(folder, environment, keys, FILENAME, crops)
        with translated(address):
            migrate(connection.database)
        database = MongoDatabase(connection, keys, busy_timeout_s)
        tools = MongoTools(database, vault, crops, vault.unlock(locked), vault.blinder(locked))
        _tidy(tools)
        store = MongoStore(lock, tools)
        undo.pop_all()
    return store


def _tidy(tools: MongoTools) -> None:
    """Settles what a crash may have left: keys without records, and crops."""
    database = tools.database

    def there(numbers: Sequence[int]) -> set[int]:
        found: set[int] = set()
        with database.read() as reader:
            for name in ("people", "sightings", "face_blocks"):
                rows = reader.find(name, {"data_key": {"$in": list(numbers)}}, fields=("data_key",))
                found |= {row["data_key"] for row in rows}
        return found

    database.keys.settle(there)
    with database.read() as reader:
        crops = {
            row["crop"]
            for name in ("samples", "sightings")
            for row in reader.find(name, {"crop": {"$ne": None}}, fields=("crop",))
        }
    sweep_crops(tools.crops, crops)
