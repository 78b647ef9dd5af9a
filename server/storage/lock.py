"""Who has the data folder open: many processes that use it, or one that changes its key."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from lookout.server.storage.errors import StorageError, StoreBusy

FILENAME = ".lock"


class FolderLock:
    """Held until closed, and by the kernel never longer than the process lives.

    Raises StoreBusy where `alone` cannot be had, or where another process is alone.
    """

    def __init__(self, folder: Path, alone: bool) -> None:
        try:
            self._handle: int | None = os.open(
                folder / FILENAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise StorageError(f"cannot open the data folder {folder}: {error.strerror}") from error
        try:
            fcntl.flock(self._handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StoreBusy(
                f"the data folder {folder} is in use: stop the Lookout server and other commands "
                "first"
                if alone
                else f"the master key of {folder} is being changed: try again in a moment"
            ) from None

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
