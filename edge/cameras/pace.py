"""Keeps a source that could run faster at its own rate."""

from __future__ import annotations

import threading
import time

# A source may be late by so much and catch up; later than that, it goes on from now.
PATIENCE_S = 0.5


class Pace:
    """Waits for the time of each picture, by the clock: small delays do not add up."""

    def __init__(self, fps: float, stop: threading.Event) -> None:
        self._interval_s = 1 / fps
        self._stop = stop
        self._due: float | None = None

    def wait(self) -> bool:
        """Sleeps until the next picture is due; false when `stop` was set."""
        now = time.monotonic()
        due = now if self._due is None else self._due + self._interval_s
        self._due = due if due > now - PATIENCE_S else now
        return not self._stop.wait(max(0.0, self._due - now))

    @property
    def behind(self) -> bool:
        """True when the next picture is due, too, so that this one need not be shown."""
        return self._due is not None and time.monotonic() > self._due + self._interval_s
