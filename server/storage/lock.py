"""The locks of the data folder: many processes use it, one changes its key, one serves it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from lookout.server.storage.errors import StoreBusy, cannot

FILENAME = ".lock"
SERVER_FILENAME = ".server"


class _Lock:
    """A locked file: held until closed, and by the kernel never longer than the process lives.

    Raises StoreBusy with `busy` where it cannot be had.
    """

    def __init__(self, folder: Path, filename: str, alone: bool, busy: str) -> None:
        try:
            self._handle: int | None = os.open(
                folder / filename, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise cannot(
                f"the data folder {folder} cannot be opened: {error.strerror}", error
            ) from error
        try:
            fcntl.flock(self._handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StoreBusy(busy) from None

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FolderLock(_Lock):
    """Shared by every process that has the store open, or had `alone` by one that changes its key.

    Raises StoreBusy where `alone` cannot be had, or where another process is alone.
    """

    def __init__(self, folder: Path, alone: bool) -> None:
        busy = (
            f"the data folder {folder} is in use: stop the Lookout server and other commands first"
            if alone
            else f"the master key of {folder} is being changed: try again in a moment"
        )
        super().__init__(folder, FILENAME, alone, busy)


class ServerLock(_Lock):
    """Held by the one server that serves a data folder; commands may use it meanwhile.

    Makes the folder. Raises StoreBusy where another server holds it.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        busy = (
            f"another Lookout server is running on the data folder {folder}: stop it, or give this "
            "one a folder of its own with --data or --home"
        )
        super().__init__(folder, SERVER_FILENAME, True, busy)


def make_folder(folder: Path) -> None:
    """Makes the folder, for its owner alone whatever the umask. Raises StorageError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise cannot(f"the folder {folder} cannot be made: {error.strerror}", error) from error
