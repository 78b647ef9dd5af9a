"""Waits for what another thread or another program does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PAUSE_S = 0.01


def wait_until(
    condition: Callable[[], object], timeout_s: float = 20.0, what: str = "what was to happen"
) -> float:
    """Seconds until `condition()` was true. Raises TimeoutError.

    The timeout stands for a hang, not for a speed: what must be quick compares the seconds.
    """
    start_s = time.monotonic()
    pause = threading.Event()
    while not condition():
        if time.monotonic() - start_s > timeout_s:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what}")
        pause.wait(PAUSE_S)
    return time.monotonic() - start_s
