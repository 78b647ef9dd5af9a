"""Waits for what another thread or another program does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PAUSE_S = 0.01


def pause() -> None:
    threading.Event().wait(PAUSE_S)


def wait_until(
    condition: Callable[[], object],
    timeout_s: float = 20.0,
    what: str = "what was to happen",
    rest: Callable[[], object] = pause,
) -> float:
    """Seconds until `condition()` was true. Raises TimeoutError.

    rest: what is done between two looks; a page, for one, lets its events come in. The timeout
    stands for a hang, not for a speed: what must be quick compares the seconds.
    """
    start_s = time.monotonic()
    while not condition():
        if time.monotonic() - start_s > timeout_s:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what}")
        rest()
    return time.monotonic() - start_s
