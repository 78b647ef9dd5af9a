"""A small face is taken from the larger picture of its camera, if the detector finds it there."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
import skimage.data

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Detector, Encoder
from lookout.server.live.closer_look import SMALL_PX, closer_looks

FACE = np.array([175, 76, 266, 167], np.float32)
"""Eileen Collins' in the large picture."""


@pytest.fixture(scope="module")
def large() -> Image:
    return np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])


@pytest.fixture(scope="module")
def small(large: Image) -> Image:
    return np.asarray(cv2.resize(large, (171, 107), interpolation=cv2.INTER_AREA), np.uint8)


class NoDetector:
    """Must not be asked."""

    name = "none"
    face_px = 1

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        raise AssertionError("nothing is to be looked for")


def scaled(box: Floats, share: float) -> Floats:
    return np.asarray(box * share, np.float32)


def test_a_small_face_is_found_in_the_larger_picture(
    engines: tuple[Detector, Encoder], small: Image, large: Image
) -> None:
    # where the small stream shows it, some pixels off, as the two streams of cameras are
    expected = scaled(FACE, 1 / 3) + np.array([3, -2, 3, -2], np.float32)
    (look,) = closer_looks(engines[0], small, large, [expected])
    assert look is not None
    box = look.face.box_xyxy[0]
    assert min(box[2] - box[0], box[3] - box[1]) >= SMALL_PX
    assert look.weight > 0.3
    (chip,) = engines[1].align(look.image_bgr, look.face)
    assert chip is not None


def test_where_the_larger_picture_shows_no_such_face_none_is_taken(
    engines: tuple[Detector, Encoder], small: Image, large: Image
) -> None:
    nowhere = np.array([5, 70, 25, 90], np.float32)
    much_too_small = np.array([70, 38, 74, 42], np.float32)
    assert closer_looks(engines[0], small, large, [nowhere, much_too_small]) == [None, None]


def test_a_large_face_and_a_picture_that_is_no_larger_are_not_looked_at(
    small: Image, large: Image
) -> None:
    assert closer_looks(NoDetector(), small, large, [np.array([0, 0, 70, 70], np.float32)]) == [
        None
    ]
    assert closer_looks(NoDetector(), large, large, [scaled(FACE, 0.3)]) == [None]
    assert closer_looks(NoDetector(), small, large, []) == []
