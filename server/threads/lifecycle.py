"""The life of the server's parts: started once, closed once, all within one time limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol


class Closable(Protocol):
    """A part that owns threads."""

    def close(self, timeout_s: float) -> bool:
        """Ends the threads. False if one of them has not ended after `timeout_s`."""


class Startable(Closable, Protocol):
    """A part whose thread is to be started."""

    def start(self) -> None: ...


def close_all(
    parts: Sequence[Closable], timeout_s: float, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Closes every part, in order; `timeout_s` is for all together. False if one has not ended."""
    until_s = clock() + timeout_s
    late = [part for part in parts if not part.close(max(0.0, until_s - clock()))]
    return not late
