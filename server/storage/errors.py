"""The errors of the store.

StorageError
├── StoreDamaged       the database or a sealed value cannot be read
├── DatabaseLost       the key or the crops of a store are there, and its database is not
├── DiskFull           the disk is full, or a quota is reached
├── ClockDoubted       the clock may be wrong, so nothing is forgotten by it
├── StoreTooNew        the database was written by a later Lookout
├── StoreBusy          another thread or process holds the store for longer than the timeout
│   └── StoreAway      … the server of the database cannot be reached
├── NotFound           there is no such person, sample, sighting …
├── Conflict           the identifier, user name … is taken
├── BadCursor          a page was asked for with a cursor that this store did not give out
├── BadBackup          a backup is damaged, or none
├── NotEmpty           a backup is to be restored where something is already
├── BadImport          the registry file cannot be read
└── MasterKeyError     the key that locks every other key
    ├── MasterKeyLost      … is not there, although the store has been locked with it
    ├── MasterKeyWrong     … is not the one that the store was locked with
    └── MasterKeyUnsafe    … can be read by other users of this machine
"""

from __future__ import annotations

import errno

from lookout.server.errors import ServerError


class StorageError(ServerError):
    """The base of everything that storage raises; its text is one line for people."""


class StoreDamaged(StorageError):
    """The database or a sealed value cannot be read."""


class DatabaseLost(StorageError):
    """The key or the crops of a store are there, and its database is not."""


class DiskFull(StorageError):
    """The disk is full, or a quota is reached: reading goes on."""


class ClockDoubted(StorageError):
    """The clock may be wrong, so nothing is forgotten by it."""


class StoreTooNew(StorageError):
    """The database was written by a later Lookout."""


class StoreBusy(StorageError):
    """Another thread or process holds the store for longer than the timeout."""


class StoreAway(StoreBusy):
    """The database server cannot be reached."""


class NotFound(StorageError):
    """There is no such person, sample, sighting …"""


class Conflict(StorageError):
    """What must be unique is taken."""


class BadCursor(StorageError):
    """A page was asked for with a cursor that this store did not give out."""


class BadBackup(StorageError):
    """A backup is damaged, or none."""


class NotEmpty(StorageError):
    """A backup is to be restored where something is already."""


class BadImport(StorageError):
    """The registry file cannot be read."""


class MasterKeyError(StorageError):
    """The key that locks every other key cannot be used."""


class MasterKeyLost(MasterKeyError):
    """The master key is not there, although the store has been locked with it."""


class MasterKeyWrong(MasterKeyError):
    """The master key is not the one that the store was locked with."""


class MasterKeyUnsafe(MasterKeyError):
    """The master key can be read by other users of this machine."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The error numbers of a disk, a quota and a limit on files that are full."""


def cannot(message: str, error: OSError) -> StorageError:
    """The StorageError for a file that cannot be written: DiskFull where that is the reason."""
    return (DiskFull if error.errno in FULL else StorageError)(message)
