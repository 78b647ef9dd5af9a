"""The 68 points are dlib's own."""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
import pytest

from lookout.faces.detections import Detections
from lookout.faces.dlib_weights import LANDMARKS_5, LANDMARKS_68, dlib_weights
from lookout.faces.dlibnet.shape_predictor import read_shape_predictor, unpacked
from lookout.faces.errors import ModelDamaged
from lookout.faces.landmarks.landmarker import Landmarker
from tests.support.portraits import read_image

FACE = np.array([70, 70, 180, 180], np.float32)
MOVED = np.array([(0, 0, 0, 0), (9, -5, 4, 8), (-14, 3, -20, 5), (-60, -70, 30, 10)], np.float32)


def test_the_points_are_those_of_dlib(data: Path) -> None:
    predict = dlib.shape_predictor(str(dlib_weights(LANDMARKS_68)))
    landmarker = Landmarker()
    portraits = sorted((data / "lfw" / "images").glob("*/*_0001.jpg"))[::400]
    assert len(portraits) >= 3
    for path in portraits:
        image_bgr = read_image(path)
        image_rgb = np.ascontiguousarray(image_bgr[..., ::-1])
        boxes = FACE + MOVED
        points = landmarker.points(image_bgr, Detections(boxes, np.ones(4, np.float32)))
        for box, ours in zip(boxes, points, strict=True):
            theirs = predict(image_rgb, dlib.rectangle(*map(int, box)))
            wanted = np.array([(part.x, part.y) for part in theirs.parts()])
            # a pixel may be rounded the other way, where it lies half-way between two
            assert np.abs(ours - wanted).max() <= 1
            assert (ours != wanted).mean() < 0.02


def test_a_box_outside_the_picture_has_points_too() -> None:
    black = np.zeros((40, 40, 3), np.uint8)
    box = np.array([[100, 100, 150, 160]], np.float32)
    (points,) = Landmarker().points(black, Detections(box, np.ones(1, np.float32)))
    assert points.shape == (68, 2)
    assert (points.mean(axis=0) > 90).all()


def test_no_box_has_no_points() -> None:
    none = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    assert Landmarker().points(np.zeros((40, 40, 3), np.uint8), none).shape == (0, 68, 2)


def test_what_was_saved_is_the_same_again() -> None:
    path = dlib_weights(LANDMARKS_5)
    read = read_shape_predictor(path.read_bytes(), path.name)
    again = unpacked(read.packed())
    np.testing.assert_array_equal(again.leaves, read.leaves)
    np.testing.assert_array_equal(again.first, read.first)


def test_a_damaged_file_is_named() -> None:
    path = dlib_weights(LANDMARKS_5)
    data = path.read_bytes()
    with pytest.raises(ModelDamaged, match=r"5_face.*the version is 2"):
        read_shape_predictor(b"\x01\x02" + data[2:], path.name)
    with pytest.raises(ModelDamaged, match="too many"):
        read_shape_predictor(data + b"\x01\x05", path.name)
