"""Changing the master key, so that no crash leaves data that no key opens.

1. The next key is written to a file of its own, safely on the disk.
2. One transaction locks every data key anew, with the next key.
3. The next key takes the place of the key.

Cut off before 2 is done, the old key opens everything and the next one is thrown away; after it,
`open_store` finds that the next key is the right one and does 3.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from lookout.server.storage import master_key
from lookout.server.storage.errors import MasterKeyError
from lookout.server.storage.key_address import key_url
from lookout.server.storage.lock import FolderLock
from lookout.server.storage.opening import KEYS, open_store
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.schema_keys import KEYS_SCHEMA
from lookout.server.storage.sqlite.store import DATABASE
from lookout.server.storage.vault import Vault


def rotate_master_key(
    folder: Path, environment: Mapping[str, str], new_key: bytes | None = None
) -> int:
    """Lock every data key anew; returns how many there are. The server must not be running.

    Where the key is in LOOKOUT_MASTER_KEY, `new_key` is what it will be changed to, and the
    caller changes it; where the key is in a file, a fresh one takes its place.

    What was sealed stays as it is, for its data keys stay: whoever has both an old copy of the
    database and the old master key can still read that copy. Raises MasterKeyError, StoreBusy.
    """
    in_environment = bool(environment.get(master_key.VARIABLE))
    if in_environment != (new_key is not None):
        raise MasterKeyError(
            f"the master key is in {master_key.VARIABLE}: give the new one, then change it there"
            if in_environment
            else "the master key is in a file: a new one is made, none can be given"
        )
    if url := key_url(folder, environment):
        raise MasterKeyError(
            f"the keys are at {url}: stop it and all servers, run this with the folder that it has "
            "(--data) and without --keys-url, then copy the new key to every server's folder"
        )
    open_store(folder, environment).close()  # checks the key, and finishes a rotation cut off
    lock = FolderLock(folder, alone=True)
    with contextlib.closing(lock), contextlib.closing(_keys_of(folder)) as database:
        old = master_key.read_master_key(folder, environment)
        if old is None:
            raise MasterKeyError(f"the master key of {folder} has just been removed")
        master_key.discard_next_key(folder)
        new = new_key or master_key.write_next_key(folder)
        count = _relock(database, Vault(old), Vault(new))
        if new_key is None:
            master_key.promote_next_key(folder)
    return count


def _keys_of(folder: Path) -> Database:
    """The file whose table `data_keys` holds the locked keys."""
    if (folder / KEYS).exists():
        return Database(folder / KEYS, schema=KEYS_SCHEMA)
    return Database(folder / DATABASE)


def _relock(database: Database, old: Vault, new: Vault) -> int:
    with database.write() as writer:
        rows = writer.execute("SELECT id, locked FROM data_keys").fetchall()
        writer.executemany(
            "UPDATE data_keys SET locked = ? WHERE id = ?",
            ((old.relock(row["locked"], new), row["id"]) for row in rows),
        )
        database.after_commit(database.erase_traces)
    return len(rows)
