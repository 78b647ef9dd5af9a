"""The unlocking of a data folder: its master key, the store's own key, a database that is lost.

The locked data keys lie in a table `data_keys` of an SQLite file, whichever database keeps the
records: that of the folder, or a key service's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from lookout.server.storage import master_key
from lookout.server.storage.crops import CropStore
from lookout.server.storage.errors import (
    DatabaseLost,
    MasterKeyLost,
    MasterKeyWrong,
    StorageError,
)
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.vault import Vault

LOG = logging.getLogger(__name__)


class StoreKeys(Protocol):
    """Where the store's own data key is kept, locked. Raises StorageError."""

    def store_key(self) -> bytes | None:
        """The key as it is kept; None where none was ever made."""

    def keep_store_key(self, locked: bytes) -> bytes:
        """Keeps it, unless one is there already; returns the one that counts."""


class DatabaseKeys:
    """`StoreKeys` in the table `data_keys` of an SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store_key(self) -> bytes | None:
        return read_locked_store_key(self._database)

    def keep_store_key(self, locked: bytes) -> bytes:
        with self._database.write() as writer:
            # of two processes that start at once, the first one's key counts
            writer.execute(
                "INSERT INTO data_keys (purpose, locked) SELECT 'store', ? "
                "WHERE NOT EXISTS (SELECT 1 FROM data_keys WHERE purpose = 'store')",
                (locked,),
            )
            kept = read_locked_store_key(self._database)
        if kept is None:
            raise StorageError("the store's own key has vanished while it was being made")
        return kept


def unlocked(
    folder: Path, environment: Mapping[str, str], keys: StoreKeys, filename: str, crops: CropStore
) -> tuple[Vault, bytes]:
    """The vault, and the store's own key as it is kept; both are made where nothing is there yet.

    `filename` is that of the database in the folder. Raises MasterKeyError and DatabaseLost.
    """
    key = master_key.read_master_key(folder, environment)
    locked = keys.store_key()
    if locked is None:
        if not crops.is_empty():
            raise database_lost(folder, filename, ())
        vault = Vault(key or master_key.create_master_key(folder))
        locked = keys.keep_store_key(vault.new_key()[1])
        vault.unlock(locked)
        return vault, locked
    if key is None:
        key = _promoted(folder, locked)
    if key is None:
        raise MasterKeyLost(
            f"the master key is gone: {folder / filename} is locked, but neither "
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


def read_locked_store_key(database: Database) -> bytes | None:
    """The store's own data key as it is kept; None in a new database."""
    with database.read() as reader:
        row = reader.execute("SELECT locked FROM data_keys WHERE purpose = 'store'").fetchone()
    return None if row is None else bytes(row["locked"])


def require_unused(folder: Path, filename: str, crops: CropStore) -> None:
    """Raises DatabaseLost where the folder has been in use, and so must hold a database."""
    keys = [name for name in master_key.FILENAMES if (folder / name).exists()]
    if keys or not crops.is_empty():
        raise database_lost(folder, filename, keys)


def database_lost(folder: Path, filename: str, keys: Sequence[str]) -> DatabaseLost:
    """The error for a database that is not there, although the rest is."""
    found = " and ".join([*keys, *([] if keys else ["face crops"])])
    return DatabaseLost(
        f"the database {folder / filename} is missing or empty, but {found} of an earlier one "
        "is there, so nothing was changed. Put the database back from your backup (lookout "
        f"restore); to start with nobody, move {folder} away"
    )


def sweep_crops(crops: CropStore, kept: Collection[str]) -> None:
    """Removes the crops that no record refers to, and says so."""
    swept = crops.sweep(kept, time.time())
    if swept.removed:
        LOG.info("removed %d face crops of changes that were cut off", swept.removed)
    if swept.left:
        LOG.error(
            "%d face crops belong to no record of this database, more than changes that were cut "
            "off leave: is it an older copy? They stay; if they may go, delete them from %s",
            swept.left,
            crops.place,
        )


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
