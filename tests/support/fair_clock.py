"""A clock for promises of promptness, on machines that are busy with other things, too."""

from __future__ import annotations

import threading
import time
from types import TracebackType

TICK_S = 0.005


class FairClock:
    """Seconds in which the machine let this process run.

    A thread that sleeps TICK_S again and again counts no more than two ticks for each sleep: where
    it was woken later, others had the processors, and the time is theirs. On an idle machine this
    is the time of `time.monotonic`.
    """

    def __init__(self) -> None:
        self._s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="fair-clock", daemon=True)

    def __enter__(self) -> FairClock:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(5)

    def __call__(self) -> float:
        return self._s

    def _tick(self) -> None:
        before_s = time.monotonic()
        while not self._stop.wait(TICK_S):
            now_s = time.monotonic()
            self._s += min(now_s - before_s, 2 * TICK_S)
            before_s = now_s
