"""How long a camera that cannot be reached is left alone before the next try."""

from __future__ import annotations

import random
from itertools import islice

from lookout.server.cameras.reconnect import JITTER, LONGEST_S, pauses


def test_a_camera_is_asked_again_soon_and_then_seldom() -> None:
    waits = list(islice(pauses(random.Random(1)), 14))
    assert all(1 - JITTER <= wait <= 1 + JITTER for wait in waits[:5])
    for wait, nominal in zip(waits[5:9], (2, 4, 8, 16), strict=True):
        assert nominal * (1 - JITTER) <= wait <= nominal * (1 + JITTER)
    assert all(LONGEST_S * (1 - JITTER) <= wait <= LONGEST_S for wait in waits[9:])
    assert len(set(waits)) > 9  # no two cameras in step
