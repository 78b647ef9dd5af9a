"""The opening of a store, whichever database keeps its records.

`LOOKOUT_STORE` (or `--store`) says which: `sqlite`, `mongo` or an address of MongoDB. Where nothing
says so, a folder that holds the keys of a store in MongoDB, or whose keys are at a key service, is
one of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lookout.server.storage.choice import SQLITE, VARIABLE, checked_store
from lookout.server.storage.errors import StorageError
from lookout.server.storage.key_address import MARK, key_url
from lookout.server.storage.sqlite.store import DATABASE
from lookout.server.storage.sqlite.store import open_store as open_sqlite_store
from lookout.server.storage.store import Store

KEYS = "keys.db"
"""The data keys of a store in MongoDB (`mongo.key_file`): the mark of such a folder."""
UNFINISHED = ".copying"
"""The mark of a folder into which a store is being copied."""
_MISSING = "a store in MongoDB needs the extra `mongo`: pip install 'lookout[mongo]'"


def open_store(folder: Path, environment: Mapping[str, str]) -> Store:
    """Opens the store of a folder, or makes a new one there.

    Raises MasterKeyError where the key is lost, wrong or unsafe, and StorageError for the rest.
    """
    if (folder / UNFINISHED).exists():
        raise StorageError(
            f"a store is being copied into {folder}, or that was cut off: let it end, or run "
            "lookout storage copy again"
        )
    if not is_mongo(folder, environment):
        return open_sqlite_store(folder, environment)
    try:
        from lookout.server.storage.mongo.address import read_address
        from lookout.server.storage.mongo.store import open_mongo_store
    except ModuleNotFoundError as error:
        raise StorageError(_MISSING) from error
    asked = environment.get(VARIABLE, "")
    address = read_address(environment, asked if "://" in asked else "")
    return open_mongo_store(folder, environment, address)


def has_store(folder: Path) -> bool:
    """Whether the folder holds a store of either kind."""
    return any((folder / name).is_file() for name in (DATABASE, KEYS, MARK))


def is_mongo(folder: Path, environment: Mapping[str, str]) -> bool:
    """Whether the records of a folder's store are in MongoDB. Raises StorageError."""
    asked = environment.get(VARIABLE, "")
    has_keys = (folder / KEYS).exists() or bool(key_url(folder, environment))
    if not asked:
        return has_keys
    if checked_store(asked) == SQLITE:
        if has_keys:
            raise StorageError(
                f"the records of {folder} are in MongoDB: start with --store mongo, or copy them "
                "into an SQLite store with lookout storage copy"
            )
        return False
    return True
