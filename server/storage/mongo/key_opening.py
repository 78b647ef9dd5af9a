"""The opening of a store's data keys and pictures, and what makes sure that they belong together.

They are in the server's folder or, where several servers share the store, at a key service and in
MongoDB.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

from pymongo.errors import DuplicateKeyError

from lookout.faces.atomic_file import replace_file
from lookout.server.storage import master_key
from lookout.server.storage.crops import Crops, CropStore
from lookout.server.storage.errors import (
    DatabaseLost,
    MasterKeyLost,
    StorageError,
    StoreDamaged,
    cannot,
)
from lookout.server.storage.key_address import MARK, URL, key_url, read_key_address
from lookout.server.storage.lock import make_folder
from lookout.server.storage.mongo.collections import META, STATE, STORE
from lookout.server.storage.mongo.connection import Document, MongoConnection
from lookout.server.storage.mongo.crops import MongoCrops
from lookout.server.storage.mongo.data_keys import DataKeys
from lookout.server.storage.mongo.key_client import KeyClient
from lookout.server.storage.mongo.key_file import FILENAME, KeyFile
from lookout.server.storage.mongo.remote_keys import RemoteKeys
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.records import new_id
from lookout.server.storage.sqlite.store import CROPS, DATABASE

SHARED_CROPS = "shared_crops"
"""The field of the document STORE: whether the pictures are in MongoDB."""


def open_crops(
    folder: Path, connection: MongoConnection, environment: Mapping[str, str]
) -> CropStore:
    """The pictures of the store: in MongoDB where its keys are at a service.

    Raises StorageError where the two do not go together.
    """
    store = store_document(connection)
    shared = bool(key_url(folder, environment))
    if shared if store is None else store.get(SHARED_CROPS):
        return MongoCrops(connection)
    if shared:
        raise StorageError(
            f"the pictures of {connection.address} lie in the folder that has its {FILENAME}, "
            "where other servers cannot read them: stop the server and the key service, and run "
            "lookout storage share with that folder"
        )
    make_folder(folder / CROPS)
    return Crops(folder / CROPS)


def open_keys(
    folder: Path, connection: MongoConnection, crops: CropStore, environment: Mapping[str, str]
) -> DataKeys:
    """The keys of this database; both are marked as each other's at the first opening.

    Raises StoreDamaged for another program's database, MasterKeyLost and DatabaseLost where one of
    the two is there without the other.
    """
    address = connection.address
    store = store_document(connection)
    with translated(address):
        has_others = store is None and bool(connection.database.list_collection_names())
    if has_others:
        raise StoreDamaged(
            f"{address} is of another program: give Lookout one of its own, in MONGO_DB_NAME"
        )
    if (folder / DATABASE).exists() and not (folder / FILENAME).exists():
        raise StorageError(
            f"{folder} holds an SQLite store: copy it into MongoDB with lookout storage copy, or "
            "name a folder of its own for the keys and crops"
        )
    url = key_url(folder, environment)
    keys = _at_service(folder, url, environment) if url else _in_folder(folder, connection, store)
    with contextlib.ExitStack() as undo:
        undo.callback(keys.close)
        if url:
            _require_both_halves(folder, connection, keys, url, environment, store)
        _claim(connection, keys, crops, url or str(folder / FILENAME))
        if url:
            _remember(folder, url)
        undo.pop_all()
    return keys


def store_document(connection: MongoConnection) -> Document | None:
    """The document that says whose this database is; None in a new one."""
    with translated(connection.address):
        return connection.database[META].find_one({"_id": STORE})


def _in_folder(folder: Path, connection: MongoConnection, store: Document | None) -> KeyFile:
    if store is not None and not (folder / FILENAME).exists():
        raise MasterKeyLost(
            f"{connection.address} is locked with keys that are in the {FILENAME} of another "
            f"folder than {folder}, or at a key service: name that folder, or the service with "
            f"--keys-url, or put {FILENAME} back from your backup. Without it nobody can read what "
            "is kept"
        )
    return KeyFile(folder, time.time)


def _at_service(folder: Path, url: str, environment: Mapping[str, str]) -> RemoteKeys:
    if (folder / FILENAME).exists():
        raise StorageError(
            f"{folder} holds keys of its own, and {url} is a key service: move {FILENAME} to where "
            f"lookout keys serve has its --folder, or name no service (--keys-url, {URL}, the file "
            f"{folder / MARK})"
        )
    return RemoteKeys(KeyClient(read_key_address(url, environment)))


def _require_both_halves(
    folder: Path,
    connection: MongoConnection,
    keys: DataKeys,
    url: str,
    environment: Mapping[str, str],
    store: Document | None,
) -> None:
    """Raises MasterKeyLost where the service has no keys of this store, or the folder no master
    key for those that it has."""
    if store is not None and keys.owner() is None:
        raise MasterKeyLost(
            f"{connection.address} is locked with keys that {url} does not have: start lookout "
            f"keys serve with the --folder that holds its {FILENAME}, or put {FILENAME} back there "
            "from your backup. Without it nobody can read what is kept"
        )
    locked = keys.store_key() is not None
    if locked and master_key.read_master_key(folder, environment) is None:
        raise MasterKeyLost(
            f"the servers that use {url} have one master key, and {folder} has none: copy "
            f"{master_key.FILENAME} there from another server's folder (mode 0600), or set "
            f"{master_key.VARIABLE} to it"
        )


def _remember(folder: Path, url: str) -> None:
    """Has the folder say where its keys are, for all commands."""
    try:
        if key_url(folder, {}) != url:
            replace_file(folder / MARK, url.encode() + b"\n")
    except OSError as error:
        raise cannot(f"{folder / MARK} cannot be written: {error.strerror}", error) from error


def _claim(connection: MongoConnection, keys: DataKeys, crops: CropStore, where: str) -> None:
    address, meta = connection.address, connection.database[META]
    own = keys.identity(f"sto_{new_id()}")
    unused = keys.is_unused()  # before the look: another server that starts first marks, then adds
    store = store_document(connection)
    if store is None:
        if not unused or not crops.is_empty():
            raise DatabaseLost(
                f"{address} is empty, but keys or crops of an earlier one are in {where}, so "
                "nothing was changed. Put the database back from your backup; to start with "
                f"nobody, move {where} away"
            )
        shared = isinstance(crops, MongoCrops)
        fresh = {"_id": STORE, "store": own, "schema": 0, SHARED_CROPS: shared}
        with translated(address):
            with contextlib.suppress(DuplicateKeyError):  # another server that starts, too
                meta.insert_one({"_id": STATE, "writes": 0, "numbers": {}, "changes": {}})
            with contextlib.suppress(DuplicateKeyError):
                meta.insert_one(fresh)
        store = store_document(connection)
    if store is None or store["store"] != own:
        raise DatabaseLost(
            f"{address} and the keys in {where} do not belong together, so nothing was changed: "
            "name the folder, the service or the database that does"
        )
