"""A few places for work that must not fill every thread of the server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from lookout.server.api.errors.api_error import Overloaded


class ConcurrencyLimit:
    """At most so many at a time; whoever finds none free is told to come again."""

    def __init__(self, count: int, words: str) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._words = words

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Raises Overloaded."""
        if not self._free.acquire(blocking=False):
            raise Overloaded(self._words)
        try:
            yield
        finally:
            self._free.release()
