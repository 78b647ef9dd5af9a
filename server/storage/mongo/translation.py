"""The driver's errors as the store's, without the login that they may quote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bson.errors import BSONError
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from lookout.server.storage.errors import (
    Conflict,
    DiskFull,
    StorageError,
    StoreAway,
    StoreBusy,
)
from lookout.server.storage.mongo.address import MongoAddress
from lookout.wire.redaction import redact

TRANSIENT = "TransientTransactionError"
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"

_OUT_OF_DISK_SPACE = 14031
_NOT_ALLOWED = (13, 18)


@contextlib.contextmanager
def translated(address: MongoAddress) -> Iterator[None]:
    """Raises StorageErrors in the place of those of the driver."""
    try:
        yield
    except PyMongoError as error:
        raise translation(error, address) from error
    except UnicodeEncodeError as error:
        raise StorageError("half a character cannot be kept: the text is no Unicode") from error
    except (BSONError, OverflowError) as error:
        raise StorageError(f"a value cannot be kept in MongoDB: {error}") from error


def translation(error: PyMongoError, address: MongoAddress) -> StorageError:
    """The store's error for one of the driver."""
    reason = redact(str(error), address.secrets).partition(", full error:")[0]
    if isinstance(error, DuplicateKeyError):
        return Conflict(f"what must be unique is taken: {_index_of(error)}")
    if isinstance(error, ServerSelectionTimeoutError | AutoReconnect):
        return StoreAway(
            f"{address} cannot be reached ({reason:.200}): is mongod running, and may this machine "
            "connect to it? Reading and writing go on by themselves once it answers"
        )
    if isinstance(error, OperationFailure):
        if error.code == _OUT_OF_DISK_SPACE:
            return DiskFull(f"the disk of {address} is full: make room; writing goes on by itself")
        if error.code in _NOT_ALLOWED:
            return StorageError(
                f"{address} refuses the login, or allows it too little: it needs the role "
                f"readWrite on that database ({reason:.200})"
            )
        if error.has_error_label(TRANSIENT):
            return StoreBusy(f"{address} has ended the transaction ({reason:.200}): try again")
    if isinstance(error, ConfigurationError):
        return StorageError(f"the address of MongoDB cannot be used: {reason:.300}")
    return StorageError(f"{address}: {reason:.300}")


def _index_of(error: DuplicateKeyError) -> str:
    """The index alone: the whole message quotes values."""
    pattern = (error.details or {}).get("keyPattern") or {}
    return ", ".join(pattern) or "an index"
