"""How long a camera that cannot be reached is left alone before the next try."""

from __future__ import annotations

import random
from collections.abc import Iterator

FIRST_S, FIRST_TRIES = 1.0, 5
LONGEST_S = 30.0
JITTER = 0.2
"""Share by which each pause is longer or shorter, so that cameras behind one switch that comes back
are not all asked in the same moment."""
STEADY_S = 10.0
"""A connection that has lasted so long counts as a success: the next pause is the first again."""


def pauses(chance: random.Random) -> Iterator[float]:
    """1 s five times, then twice as long each time, up to 30 s."""
    pause_s = FIRST_S
    tries = 0
    while True:
        yield min(LONGEST_S, pause_s * (1 + chance.uniform(-JITTER, JITTER)))
        tries += 1
        if tries >= FIRST_TRIES:
            pause_s = min(LONGEST_S, 2 * pause_s)
