"""The copy of a whole store from one database to another, sealed as it is.

Rows, locked data keys and crops are copied as they lie there; nothing is opened, so a copy is as
secret as what it was made of and needs no more than the same master key. It can be cut off at any
point: the same command goes on where it was. It is done when every table has the same number of
rows and the same SHA-256 on both sides, and every crop the same bytes.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.server.storage import master_key
from lookout.server.storage.crops import SUFFIX, Crops, CropStore
from lookout.server.storage.errors import (
    MasterKeyLost,
    NotEmpty,
    NotFound,
    StorageError,
    StoreDamaged,
)
from lookout.server.storage.key_address import URL, key_url
from lookout.server.storage.lock import FolderLock, make_folder
from lookout.server.storage.mongo.address import read_address
from lookout.server.storage.mongo.collections import ALL, META, STORE
from lookout.server.storage.mongo.connection import MongoConnection
from lookout.server.storage.mongo.crops import MongoCrops
from lookout.server.storage.mongo.key_file import FILENAME, KeyFile
from lookout.server.storage.mongo.key_opening import SHARED_CROPS, open_crops, open_keys
from lookout.server.storage.mongo.migrations import migrate
from lookout.server.storage.mongo.raw_rows import MongoRows
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.opening import UNFINISHED, has_store, is_mongo, open_store
from lookout.server.storage.raw_rows import RawRows, digest
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.raw_rows import SqliteRows
from lookout.server.storage.sqlite.store import CROPS, DATABASE

Tell = Callable[[str], object]
_PICTURES = ("samples", "sightings")


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a copy."""

    rows: RawRows
    crops: CropStore


@dataclass(frozen=True, slots=True)
class Copied:
    """What lies on both sides now: rows by table, data keys and crops."""

    rows: Mapping[str, int]
    keys: int
    crops: int


def copy_store(
    source: Path,
    target: Path,
    environment: Mapping[str, str],
    *,
    into_mongo: bool,
    tell: Tell = lambda _: None,
) -> Copied:
    """Copies the store of one folder into another, from SQLite into MongoDB or back.

    No program may have either open. The source stays as it is. `tell` is given a line a table.
    Raises NotEmpty where the target holds a store that no copy has begun, StoreDamaged where the
    two differ in the end, and StorageError.
    """
    if source.resolve() == target.resolve():
        raise StorageError("a store is copied into another folder than its own")
    if not has_store(source):
        raise StorageError(f"there is no store in {source}")
    for folder in (source, target):
        if url := key_url(folder, environment):
            raise StorageError(
                f"the keys of {folder} are at {url}: stop it and all servers, and copy with the "
                f"folder that it has, without {URL}"
            )
    if is_mongo(source, {}) == into_mongo:
        kind = "MongoDB" if into_mongo else "SQLite"
        raise StorageError(f"the store of {source} is one of {kind} already")
    open_store(source, environment).close()  # checks the key, and finishes what was cut off
    make_folder(target)
    _begin(source, target)
    with (
        contextlib.closing(FolderLock(source, alone=True)),
        contextlib.closing(FolderLock(target, alone=True)),
        _opened(source, environment, mongo=not into_mongo) as old,
        _opened(target, environment, mongo=into_mongo) as new,
    ):
        _copy_master_key(source, target, environment)
        for keys in old.rows.keys():  # noqa: SIM118 - no mapping
            new.rows.add_keys(keys)
        for collection in ALL:
            for rows in old.rows.read(collection.name, new.rows.last(collection.name)):
                new.rows.write(collection.name, rows)
            tell(collection.name)
        new.rows.set_counters(old.rows.counters())
        crops = _copy_crops(old.rows, old.crops, new.crops)
        copied = _verified(old.rows, new.rows, crops)
    (target / UNFINISHED).unlink()
    open_store(target, environment).close()
    return copied


def _begin(source: Path, target: Path) -> None:
    """Marks the target. Raises NotEmpty."""
    mark, name = target / UNFINISHED, str(source.resolve())
    if mark.exists():
        if mark.read_text() != name:
            raise NotEmpty(f"a copy of {mark.read_text()} into {target} was cut off: end that one")
        return
    if has_store(target):
        raise NotEmpty(f"{target} holds a store already: name a folder that does not")
    replace_file(mark, name.encode())


def share_crops(folder: Path, environment: Mapping[str, str]) -> int:
    """Moves the pictures of a store in MongoDB from its folder into the database, so that several
    servers can have it, with a key service; returns how many. Cut off, it goes on where it was.

    No program may have it open. Raises StorageError.
    """
    if key_url(folder, environment) or not (folder / FILENAME).exists():
        raise StorageError(f"{folder} does not hold the {FILENAME} of a store in MongoDB")
    open_store(folder, environment).close()  # checks the key, and finishes what was cut off
    with (
        contextlib.closing(FolderLock(folder, alone=True)),
        _mongo(folder, environment) as (connection, keys, _),
    ):
        local, shared = Crops(folder / CROPS), MongoCrops(connection)
        count = _copy_crops(MongoRows(connection, keys), local, shared)
        with translated(connection.address):
            connection.database[META].update_one({"_id": STORE}, {"$set": {SHARED_CROPS: True}})
        local.remove([path.stem for path in local.folder.glob(f"*{SUFFIX}")])
    return count


@contextlib.contextmanager
def _opened(folder: Path, environment: Mapping[str, str], *, mongo: bool) -> Iterator[_End]:
    if mongo:
        with _mongo(folder, environment) as (connection, keys, crops):
            yield _End(MongoRows(connection, keys), crops)
    else:
        make_folder(folder / CROPS)
        with contextlib.closing(Database(folder / DATABASE)) as database:
            yield _End(SqliteRows(database), Crops(folder / CROPS))


@contextlib.contextmanager
def _mongo(
    folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[MongoConnection, KeyFile, CropStore]]:
    with contextlib.ExitStack() as opened:
        connection = MongoConnection(read_address(environment))
        opened.callback(connection.close)
        crops = open_crops(folder, connection, environment)
        keys = open_keys(folder, connection, crops, environment)
        opened.callback(keys.close)
        if not isinstance(keys, KeyFile):
            raise StorageError(f"{folder} does not hold the keys of its store")
        with translated(connection.address):
            migrate(connection.database)
        yield connection, keys, crops


def _copy_master_key(source: Path, target: Path, environment: Mapping[str, str]) -> None:
    if environment.get(master_key.VARIABLE):
        return
    key = master_key.read_master_key(source, environment)
    if key is None:
        raise MasterKeyLost(f"there is no master key in {source}")
    replace_file(target / master_key.FILENAME, key + b"\n")


def _copy_crops(rows: RawRows, source: CropStore, target: CropStore) -> int:
    """Every crop that a row refers to."""
    count = 0
    for table in _PICTURES:
        for part in rows.read(table, 0):
            for name in (row["crop"] for row in part if row["crop"]):
                if isinstance(source, Crops) and isinstance(target, Crops):
                    _link_crop(source.folder / (name + SUFFIX), target.folder / (name + SUFFIX))
                else:
                    _copy_crop(name, source, target)
                count += 1
    return count


def _copy_crop(name: str, old: CropStore, new: CropStore) -> None:
    try:
        sealed = old.sealed(name)
    except NotFound:
        return  # it was lost, or a move that was cut off has taken it
    with contextlib.suppress(NotFound):
        if new.sealed(name) == sealed:
            return
    new.keep_sealed(name, sealed)
    if new.sealed(name) != sealed:
        raise StoreDamaged(f"the picture {name} is not the same in {new.place}: copy again")


def _link_crop(old: Path, new: Path) -> None:
    """A crop's file is never changed, so a link is a copy."""
    if not new.exists():
        try:
            os.link(old, new)
        except FileNotFoundError:
            return  # it was lost before: the row stays, as in the source
        except OSError:
            replace_file(new, old.read_bytes())
    if not new.samefile(old) and not filecmp.cmp(old, new, shallow=False):
        raise StoreDamaged(f"{new} is not what {old} is: delete it and copy again")


def _verified(old: RawRows, new: RawRows, crops: int) -> Copied:
    """Raises StoreDamaged."""
    keys = digest(old.keys())
    if digest(new.keys()) != keys:
        raise _differs("data_keys")
    rows: dict[str, int] = {}
    for collection in ALL:
        found = digest(old.read(collection.name, 0))
        if digest(new.read(collection.name, 0)) != found:
            raise _differs(collection.name)
        rows[collection.name] = found[0]
    return Copied(rows, keys[0], crops)


def _differs(table: str) -> StoreDamaged:
    return StoreDamaged(
        f"the table {table} of the copy is not that of the source, which may have been used since "
        "the copy was begun: move the target away, drop its database, and copy again"
    )
