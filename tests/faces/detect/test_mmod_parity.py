"""Our CNN detector against dlib's own, on real photographs and on layouts worked out by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from lookout.faces.detect.mmod import MmodDetector, half, suppress
from lookout.faces.detections import Detections, Image, iou_matrix
from lookout.faces.dlib_weights import MMOD, dlib_weights
from lookout.faces.dlibnet.pyramid import LevelRect, lay_out
from tests.support.portraits import read_image

SMALL_PICTURES = 4


@pytest.fixture(scope="module")
def detector() -> MmodDetector:
    return MmodDetector()


@pytest.fixture(scope="module")
def photographs(data: Path) -> list[Image]:
    paths = sorted((data / "families").rglob("*.jpg"))
    images = sorted((read_image(path) for path in paths), key=lambda image: image.size)
    return images[:SMALL_PICTURES]


def dlib_faces(image_bgr: Image, upsample: int) -> Detections:
    network = dlib.cnn_face_detection_model_v1(str(dlib_weights(MMOD)))
    found = network(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), upsample)
    edges = [(f.rect.left(), f.rect.top(), f.rect.right() + 1, f.rect.bottom() + 1) for f in found]
    score = np.array([face.confidence for face in found], np.float32)
    return Detections(np.array(edges, np.float32).reshape(-1, 4), score)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("upsample", [0, 1])
def test_the_faces_are_those_of_dlib(photographs: list[Image], upsample: int) -> None:
    ours = MmodDetector(upsample=upsample).detect(photographs)
    theirs = [dlib_faces(image, upsample) for image in photographs]
    assert [len(found) for found in ours] == [len(found) for found in theirs]
    assert sum(len(found) for found in theirs) >= SMALL_PICTURES
    for mine, dlibs in zip(ours, theirs, strict=True):
        assert np.diag(iou_matrix(mine.box_xyxy, dlibs.box_xyxy)) == pytest.approx(1)
        assert mine.score == pytest.approx(dlibs.score, abs=1e-4)


@pytest.mark.data
def test_pictures_of_several_sizes_keep_their_own_faces(
    detector: MmodDetector, photographs: list[Image]
) -> None:
    mixed = [photographs[0], photographs[-1], photographs[0]]
    together = detector.detect(mixed)
    assert len({image.shape for image in mixed}) == 2
    for image, found in zip(mixed, together, strict=True):
        alone = detector.detect([image])[0]
        assert len(found) >= 1
        assert np.array_equal(found.box_xyxy, alone.box_xyxy)


def test_no_pictures_and_tiny_pictures_have_no_faces(detector: MmodDetector) -> None:
    assert detector.detect([]) == []
    for side in (1, 4, 5, 6, 7, 20):
        assert len(detector.detect([np.zeros((side, side, 3), np.uint8)])[0]) == 0


def test_levels_go_down_the_left_side_and_back_up_on_the_right() -> None:
    # 12 high: 12, 10, 8, 6, 5 (then 4 is too small); widths 60, 50, 41, 34, 28; all on the left
    # but the last, which fits beside the one of 34 only without padding
    sheet = lay_out(12, 60, padding=2, border=3)
    left = [
        LevelRect(3, 3, 60, 12),
        LevelRect(3, 17, 50, 10),
        LevelRect(3, 29, 41, 8),
        LevelRect(3, 39, 34, 6),
    ]
    assert list(sheet.levels[:4]) == left
    assert sheet.levels[4] == LevelRect(3, 47, 28, 5)
    assert sheet.size_hw == (12 + 10 + 8 + 6 + 5 + 4 * 2 + 2 * 3, 60 + 2 * 3)


def test_a_tall_sheet_turns_back_beside_the_small_levels() -> None:
    sheet = lay_out(480, 640, padding=10, border=11)
    right = [rect for rect in sheet.levels if rect.left > 11]
    assert right, "no level lies on the right"
    assert all(rect.left + rect.width == 640 + 11 for rect in right)
    covered = np.zeros(sheet.size_hw, int)
    for rect in sheet.levels:
        covered[rect.area] += 1
    assert covered.max() == 1


def test_of_two_boxes_that_share_half_of_the_frame_around_them_the_better_stays() -> None:
    boxes = np.array([[0, 0, 9, 9], [2, 0, 11, 9], [8, 0, 17, 9]], np.float64)
    # 0 and 1 share 8 of 12 columns (0.67), 0 and 2 share 2 of 18 (0.11)
    assert suppress(boxes, iou=0.5, covered=1.0).tolist() == [0, 2]
    assert suppress(boxes, iou=0.7, covered=1.0).tolist() == [0, 1, 2]
    assert suppress(boxes, iou=0.7, covered=0.75).tolist() == [0, 2]


def test_a_box_of_a_doubled_picture_is_halved_and_shifted_as_dlib_does() -> None:
    pyramid = dlib.pyramid_down(2)
    expected = pyramid.rect_down(dlib.rectangle(100, 120, 180, 201), 2)
    box = half(np.array([[100, 120, 180, 201]], np.float64), 2)[0]
    edges = (expected.left(), expected.top(), expected.right(), expected.bottom())
    assert box.tolist() == list(edges)
