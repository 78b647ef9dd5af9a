"""A part of the picture that a user has masked is black, and moves nothing."""

from __future__ import annotations

import numpy as np

from lookout.faces.tracking.motion import MotionGate, small_luma
from lookout.server.cameras.privacy import blacken


def with_square(x: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A grey room with a bright square of 32 pixels."""
    luma = np.full((360, 640), 90, np.uint8)
    luma[100:132, x : x + 32] = 150
    return luma


def test_a_masked_part_is_black_and_moves_nothing() -> None:
    left_half = [[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]]
    picture = np.full((360, 640, 3), 200, np.uint8)
    blacken(picture, left_half)
    assert picture[:, :320].max() == 0
    assert picture[:, 325:].min() == 200
    gate = MotionGate()
    for tick, x in enumerate((50, 100, 150, 200)):
        small = small_luma(with_square(x))
        blacken(small, left_half)
        assert gate.passes(small, tick / 10) is (tick == 0)
