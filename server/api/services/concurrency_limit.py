"""A limit on work that must not occupy every thread of the server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from lookout.server.api.errors.api_error import Overloaded


class ConcurrencyLimit:
    """At most so many at a time; a request over the limit is refused with `message`."""

    def __init__(self, count: int, message: str) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._message = message

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Raises Overloaded."""
        if not self._free.acquire(blocking=False):
            raise Overloaded(self._message)
        try:
            yield
        finally:
            self._free.release()
