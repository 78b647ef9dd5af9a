"""The delay after failed sign-ins: pure rules on stored counts.

Three counts are kept of each failure. The pair of name and address slows one guesser down and
leaves the owner of the name alone; the name slows guessers at many addresses; the address slows
one who tries many names. Only the first is strict, or anybody could lock anybody out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lookout.server.storage.records import Failures

FORGOTTEN_AFTER_S = 3600.0


@dataclass(frozen=True, slots=True)
class DelayRule:
    """The first `free` failures cost nothing, each further one twice the last, up to `cap_s`."""

    free: int
    cap_s: float


PAIR = DelayRule(free=3, cap_s=300.0)
NAME = DelayRule(free=20, cap_s=30.0)
ADDRESS = DelayRule(free=30, cap_s=300.0)


def delay_s(failures: int, rule: DelayRule) -> float:
    """Seconds between the latest of so many failures and the next attempt."""
    over = failures - rule.free
    if over <= 0:
        return 0.0
    return min(2.0 ** min(over - 1, 30), rule.cap_s)


def wait_s(failures: Failures, rule: DelayRule, now_s: float) -> float:
    """Seconds from now until the next attempt is allowed; 0 where it is."""
    since_s = _since_s(failures, now_s)
    if since_s >= FORGOTTEN_AFTER_S:
        return 0.0
    return max(0.0, delay_s(failures.count, rule) - since_s)


def is_forgotten(failures: Failures, now_s: float) -> bool:
    """Whether the count has been forgotten, so that the next failure is the first."""
    return failures.count > 0 and _since_s(failures, now_s) >= FORGOTTEN_AFTER_S


def _since_s(failures: Failures, now_s: float) -> float:
    since_s = now_s - failures.last_s
    # a clock that was far ahead and has been set back must lock nobody out for as long
    return math.inf if since_s <= -FORGOTTEN_AFTER_S else max(0.0, since_s)
