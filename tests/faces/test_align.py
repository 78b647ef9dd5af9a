"""Similarity transforms, crops and dlib's boxes, on points whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.align import HOG_BOX_POINTS_XY, crop, dlib_boxes, fit_similarity
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, iou_matrix
from lookout.faces.engine import open_detector
from tests.support.portraits import read_image

SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)


def moved(
    points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]
) -> np.ndarray:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ (scale * turn).T + shift).astype(np.float32)


@pytest.mark.parametrize("degrees", [0.0, 30.0, -90.0, 180.0])
def test_a_similarity_is_found_again(degrees: float) -> None:
    target = moved(SQUARE, degrees, 3.0, (10, -4))
    matrix = fit_similarity(SQUARE, target)
    found = np.column_stack([SQUARE, np.ones(4)]) @ matrix.T
    np.testing.assert_allclose(found, target, atol=1e-4)


def test_a_mirrored_face_is_fitted_without_mirroring() -> None:
    matrix = fit_similarity(SQUARE, SQUARE * (-1, 1))
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_points_that_coincide_are_refused_with_a_message() -> None:
    with pytest.raises(ValueError, match="coincide"):
        fit_similarity(np.ones((5, 2), np.float32), np.ones((5, 2), np.float32))


def test_a_crop_puts_the_points_on_the_template() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    points = np.array([(80, 90), (120, 90), (100, 110), (85, 130), (115, 130)], np.float32)
    for x, y in points.astype(int):
        image[y, x] = 255
    template = (points - (80, 90)) * 2 + (10, 20)
    chip = crop(image, points, template.astype(np.float32), 112)
    assert chip.shape == (112, 112, 3)
    for x, y in template.astype(int):
        assert chip[y, x, 0] == 255


def test_a_face_that_sits_as_hog_likes_it_gets_the_box_of_hog() -> None:
    points = (HOG_BOX_POINTS_XY * 100 + (30, 40)).astype(np.float32)[None]
    detections = Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32), points)
    np.testing.assert_allclose(dlib_boxes(detections), [[30, 40, 130, 140]], atol=0.01)


def test_detections_without_points_keep_their_boxes() -> None:
    boxes = np.array([(1, 2, 3, 4)], np.float32)
    detections = Detections(boxes, np.ones(1, np.float32))
    assert dlib_boxes(detections) is boxes
    assert dlib_boxes(Detections.empty()).shape == (0, 4)


@pytest.mark.data
@pytest.mark.parametrize("name", ["yunet", "scrfd", "mtcnn"])
def test_boxes_made_from_points_lie_where_hog_draws_its_own(
    name: str, data: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    image = read_image(data / "boxes" / "2008_002506.jpg")
    image_bgr = np.asarray(image, np.uint8)
    (hog,) = HogDetector().detect([image_bgr])
    (found,) = open_detector(name, "cpu").detect([image_bgr])
    assert len(hog) == len(found) == 3
    overlap = iou_matrix(hog.box_xyxy, dlib_boxes(found)).max(axis=1)
    assert overlap.min() > 0.65  # HOG's own boxes jump in steps of a tenth of a face
    plain = iou_matrix(hog.box_xyxy, found.box_xyxy).max(axis=1)
    assert overlap.mean() > plain.mean() + 0.05
