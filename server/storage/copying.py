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
from lookout.server.storage.crops import SUFFIX, Crops
from lookout.server.storage.errors import MasterKeyLost, NotEmpty, StorageError, StoreDamaged
from lookout.server.storage.lock import FolderLock, make_folder
from lookout.server.storage.mongo.address import read_address
from lookout.server.storage.mongo.collections import ALL
from lookout.server.storage.mongo.connection import MongoConnection
from lookout.server.storage.mongo.migrations import migrate
from lookout.server.storage.mongo.raw_rows import MongoRows
from lookout.server.storage.mongo.store import open_keys
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.opening import UNFINISHED, has_store, is_mongo, open_store
from lookout.server.storage.raw_rows import RawRows, digest
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.raw_rows import SqliteRows
from lookout.server.storage.sqlite.store import CROPS, DATABASE

Tell = Callable[[str], object]
_PICTURES = ("samples", "sightings")


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
    if is_mongo(source, {}) == into_mongo:
        kind = "MongoDB" if into_mongo else "SQLite"
        raise StorageError(f"the store of {source} is one of {kind} already")
    open_store(source, environment).close()  # checks the key, and finishes what was cut off
    make_folder(target)
    _begin(source, target)
    with (
        contextlib.closing(FolderLock(source, alone=True)),
        contextlib.closing(FolderLock(target, alone=True)),
        _rows(source, environment, mongo=not into_mongo) as old,
        _rows(target, environment, mongo=into_mongo) as new,
    ):
        _copy_master_key(source, target, environment)
        for keys in old.keys():  # noqa: SIM118 - no mapping
            new.add_keys(keys)
        for collection in ALL:
            for rows in old.read(collection.name, new.last(collection.name)):
                new.write(collection.name, rows)
            tell(collection.name)
        new.set_counters(old.counters())
        crops = _copy_crops(old, source / CROPS, target / CROPS)
        copied = _verified(old, new, crops)
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


@contextlib.contextmanager
def _rows(folder: Path, environment: Mapping[str, str], *, mongo: bool) -> Iterator[RawRows]:
    make_folder(folder / CROPS)
    with contextlib.ExitStack() as opened:
        if not mongo:
            yield SqliteRows(opened.enter_context(contextlib.closing(Database(folder / DATABASE))))
            return
        connection = MongoConnection(read_address(environment))
        opened.callback(connection.close)
        keys = open_keys(folder, connection, Crops(folder / CROPS))
        opened.callback(keys.close)
        with translated(connection.address):
            migrate(connection.database)
        yield MongoRows(connection, keys)


def _copy_master_key(source: Path, target: Path, environment: Mapping[str, str]) -> None:
    if environment.get(master_key.VARIABLE):
        return
    key = master_key.read_master_key(source, environment)
    if key is None:
        raise MasterKeyLost(f"there is no master key in {source}")
    replace_file(target / master_key.FILENAME, key + b"\n")


def _copy_crops(rows: RawRows, source: Path, target: Path) -> int:
    """Every crop that a row refers to; a crop's file is never changed, so a link is a copy."""
    count = 0
    for table in _PICTURES:
        for part in rows.read(table, 0):
            for name in (row["crop"] for row in part if row["crop"]):
                _copy_crop(source / (name + SUFFIX), target / (name + SUFFIX))
                count += 1
    return count


def _copy_crop(old: Path, new: Path) -> None:
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
