"""The rate of an event over the last two seconds."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW_S = 2.0
MOST_MARKS = 512


class RateMeter:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._marks: deque[float] = deque(maxlen=MOST_MARKS)
        self._lock = threading.Lock()

    def mark(self) -> None:
        """Counts one event, now."""
        with self._lock:
            self._marks.append(time.monotonic())

    def per_second(self) -> float:
        with self._lock:
            since = time.monotonic() - WINDOW_S
            while self._marks and self._marks[0] < since:
                self._marks.popleft()
            if len(self._marks) < 2:
                return 0.0
            # Intervals, not marks: exact from the first second on.
            return (len(self._marks) - 1) / (self._marks[-1] - self._marks[0] or WINDOW_S)
