"""What changes is searched at once, what stands still now and then."""

from __future__ import annotations

import numpy as np

from lookout.faces.tracking.motion import ATTENDED_S, FLOOR_S, MotionGate, small_luma

ROOM = np.full((360, 640), 90, np.uint8)


def with_face(x: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The room with a bright square of 32 pixels, a small face."""
    luma = ROOM.copy()
    luma[100:132, x : x + 32] = 150
    return luma


def test_a_still_picture_is_searched_at_the_floor_alone() -> None:
    gate = MotionGate()
    passed = [tick for tick in range(40) if gate.passes(small_luma(ROOM), tick / 10)]
    assert passed == [0, 10, 20, 30]
    assert FLOOR_S == 1.0


def test_a_small_face_that_comes_or_moves_is_searched_at_once() -> None:
    gate = MotionGate()
    gate.passes(small_luma(ROOM), 0.0)
    assert gate.passes(small_luma(with_face(100)), 0.1)
    assert gate.passes(small_luma(with_face(132)), 0.2)
    assert not gate.passes(small_luma(with_face(132)), 0.3)


def test_noise_of_the_sensor_is_no_motion() -> None:
    noise = np.random.default_rng(5)
    gate = MotionGate()
    gate.passes(small_luma(ROOM), 0.0)
    for tick in range(1, 9):
        noisy = np.clip(ROOM + noise.normal(0, 8, ROOM.shape), 0, 255).astype(np.uint8)
        assert not gate.passes(small_luma(noisy), tick / 10)


def test_slow_motion_adds_up_until_it_is_seen() -> None:
    gate = MotionGate()
    gate.passes(small_luma(with_face(100)), 0.0)
    passed = [x for x in range(101, 140) if gate.passes(small_luma(with_face(x)), 0.5)]
    assert passed


def test_a_face_that_keeps_still_is_looked_at_often_enough_to_stay_one_track() -> None:
    gate = MotionGate()
    gate.attended = True
    passed = [tick for tick in range(9) if gate.passes(small_luma(with_face(100)), tick / 8)]
    assert passed == [0, 2, 4, 6, 8]
    assert ATTENDED_S == 0.2
