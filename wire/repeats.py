"""A bound on log lines that repeat: a fault that recurs fills no disk."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 60.0
MOST_IN_A_WINDOW = 5
"""Lines of one place in the program within a window; the rest are counted."""

MOST_PLACES = 512
"""Places that are remembered; the one that was silent longest makes room."""


@dataclass(slots=True)
class _Place:
    since_s: float
    count: int = 0
    left_out: int = 0


class RepeatFilter(logging.Filter):
    """Lets through the first lines of each place in the program, then one a window with a count.

    A place is a line of source with its level: messages that differ only in their arguments are
    the same fault. `clock` is monotonic, in seconds. Safe to use from any thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._places: OrderedDict[tuple[str, int, int], _Place] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        with self._lock:
            left_out = self._count((record.pathname, record.lineno, record.levelno))
        if left_out is None:
            return False
        if left_out:
            record.msg = f"{record.getMessage()} ({left_out} more such lines were left out)"
            record.args = None
        return True

    def _count(self, key: tuple[str, int, int]) -> int | None:
        """None for a line to leave out; else how many were left out before it."""
        now = self._clock()
        place = self._places.pop(key, None) or _Place(now)
        self._places[key] = place
        while len(self._places) > MOST_PLACES:
            self._places.popitem(last=False)
        if now - place.since_s >= WINDOW_S:
            left_out = place.left_out
            self._places[key] = _Place(now, count=1)
            return left_out
        place.count += 1
        if place.count > MOST_IN_A_WINDOW:
            place.left_out += 1
            return None
        return 0
