"""The master key: in LOOKOUT_MASTER_KEY, or in a file beside the database."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet

from lookout.faces.atomic_file import replace_file
from lookout.server.storage.errors import MasterKeyError, MasterKeyUnsafe
from lookout.server.storage.private_file import why_not_private

VARIABLE = "LOOKOUT_MASTER_KEY"
FILENAME = ".encryption_key"
NEXT_FILENAME = ".encryption_key.next"
"""The key that a rotation is changing to; it is there only while one is under way."""
FILENAMES = (FILENAME, NEXT_FILENAME)


def read_master_key(folder: Path, environment: Mapping[str, str]) -> bytes | None:
    """The master key, or None where there is none yet.

    Raises MasterKeyUnsafe for a file that other users can read, MasterKeyError for no key at all.
    """
    given = environment.get(VARIABLE)
    if given:
        return checked_key(given.encode(), VARIABLE)
    return read_key_file(folder / FILENAME)


def read_key_file(path: Path) -> bytes | None:
    """The key in a file, or None where there is no such file. Raises as `read_master_key`."""
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MasterKeyError(f"the master key {path} cannot be read: {error.strerror}") from error
    if why := why_not_private(path, mode):
        raise MasterKeyUnsafe(why)
    return checked_key(content.strip(), str(path))


def create_master_key(folder: Path) -> bytes:
    """Make the key file and return the key; where one has just come to be, that one counts.

    A hard link, not a rename, puts it into place: of two processes that start at once, the
    second must not overwrite the key that the first has already locked something with.
    """
    target = folder / FILENAME
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=FILENAME)  # mkstemp's mode is 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            target.hardlink_to(temporary)
        sync_folder(folder)
    except OSError as error:
        raise MasterKeyError(f"the master key {target} cannot be made: {error.strerror}") from error
    finally:
        Path(temporary).unlink(missing_ok=True)
    key = read_key_file(target)
    if key is None:
        raise MasterKeyError(f"the master key {target} has vanished while it was being made")
    return key


def write_next_key(folder: Path) -> bytes:
    """Make the key that a rotation changes to, safely on the disk before it locks anything."""
    key = Fernet.generate_key()
    replace_file(folder / NEXT_FILENAME, key + b"\n")
    return key


def promote_next_key(folder: Path) -> None:
    """Put the next key in the place of the key; nobody has the old one after this."""
    (folder / NEXT_FILENAME).replace(folder / FILENAME)
    sync_folder(folder)


def discard_next_key(folder: Path) -> None:
    (folder / NEXT_FILENAME).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder outlast the loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def checked_key(key: bytes, where: str) -> bytes:
    """The key, if it is one. Raises MasterKeyError, which says that `where` holds none."""
    try:
        Fernet(key)
    except ValueError as error:
        raise MasterKeyError(
            f"{where} holds no master key: it wants 32 bytes in URL-safe base64, as "
            "`openssl rand -base64 32 | tr +/ -_` prints them"
        ) from error
    return key
