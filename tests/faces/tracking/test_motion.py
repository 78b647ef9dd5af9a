"""What changes is searched at once; what stands still now and then; masks hide from the first."""

from __future__ import annotations

import random
from itertools import islice

import numpy as np

from lookout.faces.tracking.motion import ATTENDED_S, FLOOR_S, MotionGate, small_luma
from lookout.server.cameras.privacy import blacken
from lookout.server.cameras.reconnect import JITTER, LONGEST_S, pauses

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


def test_a_masked_part_is_black_and_moves_nothing() -> None:
    left_half = [[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]]
    picture = np.full((360, 640, 3), 200, np.uint8)
    blacken(picture, left_half)
    assert picture[:, :320].max() == 0
    assert picture[:, 325:].min() == 200
    gate = MotionGate()
    for tick, x in enumerate((50, 100, 150, 200)):
        small = small_luma(with_face(x))
        blacken(small, left_half)
        assert gate.passes(small, tick / 10) is (tick == 0)


def test_a_camera_is_asked_again_soon_and_then_seldom() -> None:
    waits = list(islice(pauses(random.Random(1)), 14))
    assert all(1 - JITTER <= wait <= 1 + JITTER for wait in waits[:5])
    for wait, nominal in zip(waits[5:9], (2, 4, 8, 16), strict=True):
        assert nominal * (1 - JITTER) <= wait <= nominal * (1 + JITTER)
    assert all(LONGEST_S * (1 - JITTER) <= wait <= LONGEST_S for wait in waits[9:])
    assert len(set(waits)) > 9  # no two cameras in step
