"""A lock for transactions that take a while: whoever has waited longest comes next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class FairLock:
    """Given to one thread at a time, which may take it again. `threading.RLock` is given to
    whichever thread happens to run, so that of eight busy ones some would wait for ever."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[tuple[threading.Event, int]] = deque()
        self._owner: int | None = None
        self._depth = 0

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    @contextmanager
    def held(self, timeout_s: float) -> Iterator[bool]:
        """Holds the lock, and gives it back; False, and not held, where others have had it for
        so long."""
        got = self._acquire(timeout_s)
        try:
            yield got
        finally:
            if got:
                self._release()

    def _acquire(self, timeout_s: float) -> bool:
        me = threading.get_ident()
        with self._guard:
            if self._owner in (None, me):
                self._owner = me
                self._depth += 1
                return True
            turn = threading.Event()
            self._waiting.append((turn, me))
        if turn.wait(timeout_s):
            return True
        with self._guard:
            if turn.is_set():  # at the last moment
                return True
            self._waiting.remove((turn, me))
        return False

    def _release(self) -> None:
        with self._guard:
            self._depth -= 1
            if self._depth:
                return
            self._owner = None
            if self._waiting:
                turn, self._owner = self._waiting.popleft()
                self._depth = 1
                turn.set()
