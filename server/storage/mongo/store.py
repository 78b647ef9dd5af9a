"""The whole store on MongoDB, and the opening of its data folder."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pymongo.errors import DuplicateKeyError

from lookout.server.storage.crops import Crops
from lookout.server.storage.errors import DatabaseLost, MasterKeyLost, StorageError, StoreDamaged
from lookout.server.storage.lock import FolderLock, make_folder
from lookout.server.storage.mongo.address import MongoAddress
from lookout.server.storage.mongo.alerts import MongoAlerts
from lookout.server.storage.mongo.api_keys import MongoApiKeys
from lookout.server.storage.mongo.audit import MongoAudit
from lookout.server.storage.mongo.cameras import MongoCameras
from lookout.server.storage.mongo.collections import META, STATE, STORE
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import MongoConnection
from lookout.server.storage.mongo.database import BUSY_TIMEOUT_S, MongoDatabase
from lookout.server.storage.mongo.definitions import MongoDefinitions
from lookout.server.storage.mongo.deliveries import MongoDeliveries
from lookout.server.storage.mongo.events import MongoEvents
from lookout.server.storage.mongo.faces import MongoFaces
from lookout.server.storage.mongo.key_file import FILENAME, KeyFile
from lookout.server.storage.mongo.merges import MongoMerges
from lookout.server.storage.mongo.migrations import migrate
from lookout.server.storage.mongo.movements import MongoMovements
from lookout.server.storage.mongo.people import MongoPeople
from lookout.server.storage.mongo.plans import MongoPlans
from lookout.server.storage.mongo.samples import MongoSamples
from lookout.server.storage.mongo.sharing import MongoChanges, MongoLeases
from lookout.server.storage.mongo.sightings import MongoSightings
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.mongo.users import MongoLoginFailures, MongoSessions, MongoUsers
from lookout.server.storage.mongo.values import MongoImports, MongoSettings
from lookout.server.storage.mongo.visits import MongoVisits
from lookout.server.storage.records import new_id
from lookout.server.storage.sqlite.store import CROPS, DATABASE
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
    makes a new one; `environment` may hold the master key.

    Raises MasterKeyError where the key is lost, wrong or unsafe, and StorageError for the rest.
    """
    make_folder(folder)
    make_folder(folder / CROPS)
    crops = Crops(folder / CROPS)
    with contextlib.ExitStack() as undo:
        lock = FolderLock(folder, alone=False)
        undo.callback(lock.close)
        connection = MongoConnection(address)
        undo.callback(connection.close)
        keys = open_keys(folder, connection, crops)
        undo.callback(keys.close)
        vault, locked = unlocked(folder, environment, keys.database, FILENAME, crops)
        with translated(address):
            migrate(connection.database)
        database = MongoDatabase(connection, keys, busy_timeout_s)
        tools = MongoTools(database, vault, crops, vault.unlock(locked), vault.blinder(locked))
        _tidy(tools)
        store = MongoStore(lock, tools)
        undo.pop_all()
    return store


def open_keys(folder: Path, connection: MongoConnection, crops: Crops) -> KeyFile:
    """The key file of this database; both are marked as each other's at the first opening.

    Raises StoreDamaged for another program's database, MasterKeyLost and DatabaseLost where one of
    the two is there without the other.
    """
    address = connection.address
    with translated(address):
        store = connection.database[META].find_one({"_id": STORE})
        has_others = store is None and bool(connection.database.list_collection_names())
    if has_others:
        raise StoreDamaged(
            f"{address} is of another program: give Lookout one of its own, in MONGO_DB_NAME"
        )
    has_keys = (folder / FILENAME).exists()
    if store is not None and not has_keys:
        raise MasterKeyLost(
            f"{address} is locked with keys that are in the {FILENAME} of another folder than "
            f"{folder}: name that folder, or put {FILENAME} back from your backup. Without it "
            "nobody can read what is kept"
        )
    if (folder / DATABASE).exists() and not has_keys:
        raise StorageError(
            f"{folder} holds an SQLite store: copy it into MongoDB with lookout storage copy, or "
            "name a folder of its own for the keys and crops"
        )
    keys = KeyFile(folder, time.time)
    try:
        _claim(connection, keys, crops, folder)
    except BaseException:
        keys.close()
        raise
    return keys


def _claim(connection: MongoConnection, keys: KeyFile, crops: Crops, folder: Path) -> None:
    address, meta = connection.address, connection.database[META]
    own = keys.identity(f"sto_{new_id()}")
    with translated(address):
        store = meta.find_one({"_id": STORE})
        if store is None:
            if not keys.is_unused() or not crops.is_empty():
                raise DatabaseLost(
                    f"{address} is empty, but keys or crops of an earlier one are in {folder}, so "
                    f"nothing was changed. Put the database back from your backup; to start with "
                    f"nobody, move {folder} away"
                )
            with contextlib.suppress(DuplicateKeyError):  # another server that starts, too
                meta.insert_one({"_id": STATE, "writes": 0, "numbers": {}, "changes": {}})
            with contextlib.suppress(DuplicateKeyError):
                meta.insert_one({"_id": STORE, "store": own, "schema": 0})
            store = meta.find_one({"_id": STORE})
    if store is None or store["store"] != own:
        raise DatabaseLost(
            f"{address} and the keys in {folder / FILENAME} do not belong together, so nothing was "
            "changed: name the folder or the database that does"
        )


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
