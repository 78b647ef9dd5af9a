"""The lock of a gallery: one writer at a time, across threads and processes.

The server learns a photograph while somebody runs `lookout train` or `lookout people`: each reads
the file, changes it and replaces it, and without a lock the last one would undo the others. Readers
need none, because the file is replaced in one step.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookout.faces.atomic_file import PRIVATE
from lookout.faces.errors import GalleryBusy

TIMEOUT_S = 15.0
POLL_S = 0.02


@contextmanager
def only_writer(gallery_path: Path, timeout_s: float = TIMEOUT_S) -> Iterator[None]:
    """Holds the gallery's lock, `.encodings.lock` beside it; the system frees it if we are killed.

    All encoders' files of one gallery, `encodings.pkl` and `encodings.sface.pkl`, have one lock.

    Not re-entrant. Raises GalleryBusy if another writer has it for longer than `timeout_s`, OSError
    if the folder cannot be written.
    """
    target = gallery_path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{target.name.lstrip('.').partition('.')[0]}.lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        _take(handle, path, timeout_s)
        yield
    finally:
        os.close(handle)  # which also frees the lock


def _take(handle: int, path: Path, timeout_s: float) -> None:
    until_s = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until_s:
                raise GalleryBusy(
                    f"another program has been changing the gallery for {timeout_s:.0f} s "
                    f"(it holds {path}); try again when it has finished"
                ) from error
            time.sleep(POLL_S)
        else:
            return
