"""A second look in corrected light: by hand on squares, and on a portrait lit from the side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.support.degrade import degrade
from lookout.faces.detect.second_look import brightened, find_faces, in_shadow, second_look
from lookout.faces.detections import Detections, Image, iou_matrix
from lookout.faces.engine import open_detector
from tests.support.portraits import read_image

NAME = "Aaron_Peirsol"
PLACES = np.array([[10, 10, 50, 50], [60, 10, 100, 50]], np.float32)


class BrightPlaces:
    """Finds each of PLACES that is brighter than the middle, and counts the pictures it saw."""

    name, face_px = "bright", 40

    def __init__(self) -> None:
        self.seen = 0

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self.seen += len(images_bgr)
        return [self._find(image) for image in images_bgr]

    def _find(self, image: Image) -> Detections:
        lit = [i for i, (x, y, _, _) in enumerate(PLACES.astype(int)) if image[y, x, 0] > 127]
        boxes = PLACES[lit].reshape(-1, 4)
        return Detections(boxes, np.full(len(boxes), 0.9, np.float32))


def picture(first: int, second: int) -> Image:
    """Two squares of these levels on black."""
    image = np.zeros((60, 110, 3), np.uint8)
    for level, (x0, y0, x1, y1) in zip((first, second), PLACES.astype(int), strict=True):
        image[y0:y1, x0:x1] = level
    return image


@pytest.mark.parametrize(
    ("dark_columns", "expected"),
    [(0, False), (19, False), (20, True), (100, True)],
)
def test_there_is_shadow_where_a_fifth_of_the_picture_is_dark(
    dark_columns: int, expected: bool
) -> None:
    image = np.full((50, 100, 3), 180, np.uint8)
    image[:, :dark_columns] = 50
    assert in_shadow(image) is expected


def test_corrected_light_lifts_the_shadow_and_keeps_black_and_white() -> None:
    levels = np.array([[[0, 12, 255]]], np.uint8)
    # 255 * (12 / 255) ** (1 / 2.2) is 63.6
    assert brightened(levels).tolist() == [[[0, 64, 255]]]


def test_what_both_looks_find_is_one_face() -> None:
    image = picture(200, 60)  # 60 becomes 132
    detector = BrightPlaces()
    first = detector.detect([image])
    (both,) = second_look(detector, [image], first)
    assert both.box_xyxy.tolist() == PLACES.tolist()


def test_a_photograph_is_looked_at_twice_only_where_nobody_is_found_in_shadow() -> None:
    for image, looks, faces in (
        (picture(200, 60), 1, 1),
        (picture(60, 60), 2, 2),
        (picture(10, 10), 2, 0),
        (np.full((60, 110, 3), 100, np.uint8), 1, 0),
    ):
        detector = BrightPlaces()
        assert len(find_faces(detector, image)) == faces
        assert detector.seen == looks


@pytest.mark.data
def test_a_portrait_lit_from_the_side_is_found_where_its_face_was(data: Path) -> None:
    portrait = read_image(data / "lfw" / "images" / NAME / f"{NAME}_0001.jpg")
    detector = open_detector("yunet-s", "cpu")
    (clear,) = detector.detect([portrait])
    lit = degrade(portrait, "side")
    assert len(detector.detect([lit])[0]) == 0
    found = find_faces(detector, lit)
    assert len(found) == 1
    assert iou_matrix(found.box_xyxy, clear.box_xyxy).max() > 0.6
