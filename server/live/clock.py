"""Two clocks: the monotonic one measures, the wall clock only shows."""

from __future__ import annotations

import time


def unix_s(monotonic_s: float) -> float:
    """A time of the monotonic clock as Unix time.

    Computed each time: the difference of the two clocks changes when the machine's time is set.
    """
    return time.time() - time.monotonic() + monotonic_s
