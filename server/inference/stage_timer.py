"""The duration of each stage of a computation."""

from __future__ import annotations

import time


class StageTimer:
    """Laps in milliseconds; the first begins at construction."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter()
        self.laps_ms: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Ends the stage that began with the lap before."""
        now_s = time.perf_counter()
        self.laps_ms[stage] = (now_s - self._began_s) * 1000
        self._began_s = now_s
