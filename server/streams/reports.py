"""The broker's reports on the messages of one response."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Reports:
    """Calls `whole` with the last of `count` reports. Any thread."""

    def __init__(self, count: int, whole: Callable[[], object]) -> None:
        self._left = count
        self._whole = whole
        self._lock = threading.Lock()

    def one_more(self) -> None:
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            self._whole()
