"""When a message is tried again: after 1 s, twice as long each time, up to five minutes."""

from __future__ import annotations

from collections.abc import Callable

FIRST_S = 1.0
LONGEST_S = 300.0
JITTER = 0.2
GIVE_UP_S = 86_400.0
"""A message that nobody took for a day is given up: it is among the dead, and can be resent."""
OPEN_WITHIN_S = 10.0
"""What opens something is of no use later: whoever stood there has gone."""


def delay_s(attempts: int, random: Callable[[], float], asked_s: float | None = None) -> float:
    """Seconds until the next attempt, after so many that failed. `random` gives 0..1, so that not
    all come back at once; `asked_s`: the least that the other side asked for."""
    doubled = min(LONGEST_S, FIRST_S * 2.0 ** min(attempts - 1, 20))
    jittered = doubled * (1 + JITTER * (2 * random() - 1))
    return min(GIVE_UP_S, max(jittered, asked_s or 0.0))
