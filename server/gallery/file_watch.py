"""The watch of a file: a replaced file comes into use without a restart.

A thread of its own polls the file twice a second, without reading it while it stays the same. A
file that cannot be used is reported once, and its last content stays in use.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from pathlib import Path

from lookout.faces.errors import GalleryError
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

POLL_S = 0.5

Mark = tuple[int, int, int, int]


class FileWatch(StoppableThread):
    """Watches once started. A subclass defines what is done with the file, and polls for the first
    time in its constructor."""

    def __init__(self, path: Path, *, name: str, poll_s: float = POLL_S) -> None:
        """`name` is the thread's."""
        super().__init__(name)
        self._path = path
        self._poll_s = poll_s
        self._seen: Mark | None = None
        self._polling = threading.Lock()
        self._wake = threading.Event()

    @abstractmethod
    def _take(self) -> None:
        """Takes the file as it is now into use; there may be none. Raises GalleryError, OSError."""

    def _rest(self) -> None:
        """Called by the thread after each poll."""

    def close(self, timeout_s: float) -> bool:
        """Ends the thread. False if it is still reading after `timeout_s`."""
        self._stop.set()
        self._wake.set()
        return super().close(timeout_s)

    def poll(self) -> None:
        """Takes the file into use if it has changed since the last poll. Any thread."""
        with self._polling:
            mark = mark_of(self._path)
            if mark == self._seen:
                return
            self._seen = mark
            try:
                self._take()
            except (GalleryError, OSError) as error:
                log.error("%s. What was known before stays in use.", str(error).rstrip("."))  # noqa: TRY400 - the message suffices

    def poll_soon(self) -> None:
        """Makes the thread poll now, because the file was just replaced. Any thread."""
        self._wake.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._poll_s)
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self.poll()
                self._rest()
            except Exception:
                # one odd file must not end the watch; nothing is swallowed unlogged
                log.exception("polling %s failed", self._path)


def mark_of(path: Path) -> Mark | None:
    """A mark that changes when the file or its permissions change; None while there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
