"""Our landmarks against dlib's own, on real photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from lookout.faces.align import whole_pixels
from lookout.faces.detections import Detections, Image
from lookout.faces.dlib_weights import LANDMARKS_5, LANDMARKS_68, dlib_weights
from lookout.faces.landmarks import Landmarker
from tests.support.portraits import read_image

FILES = {5: LANDMARKS_5, 68: LANDMARKS_68}


def boxes_about(image_bgr: Image) -> Detections:
    """Boxes of several sizes about the middle of a picture, and over each of its edges."""
    height, width = image_bgr.shape[:2]
    boxes = [
        (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
        for side in (0.3 * width, 0.45 * width, 0.6 * width)
        for x in (0.1 * width, 0.5 * width, 0.95 * width)
        for y in (0.1 * height, 0.5 * height, 0.95 * height)
    ]
    return Detections(np.array(boxes, np.float32), np.ones(len(boxes), np.float32))


@pytest.mark.data
@pytest.mark.parametrize("points", [5, 68])
def test_the_points_are_those_of_dlib(data: Path, points: int) -> None:
    predict = dlib.shape_predictor(str(dlib_weights(FILES[points])))
    landmarker = Landmarker(points)
    for path in sorted((data / "face_recognition").glob("*.jpg"))[:4]:
        image_bgr = read_image(path)
        image_rgb = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
        faces = boxes_about(image_bgr)
        rectangles = whole_pixels(faces.box_xyxy).tolist()
        shapes = [predict(image_rgb, dlib.rectangle(*box)) for box in rectangles]
        expected = [[(p.x, p.y) for p in shape.parts()] for shape in shapes]
        assert np.array_equal(landmarker.points(image_bgr, faces), expected), path.name


def test_there_are_predictors_of_5_and_of_68_points_alone() -> None:
    with pytest.raises(ValueError, match="not of 12"):
        Landmarker(12)
