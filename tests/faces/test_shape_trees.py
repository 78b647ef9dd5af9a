"""Regression trees on pictures of a few pixels, with points worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.shape_trees import ShapeTrees

BOX = np.array([[0, 0, 8, 8]], np.intp)
"""Pixels 0 to 8: a quarter of its width is two pixels."""
STAYS = [0.0, 0.0, 0.0, 0.0]
DOWN = [0.0, 0.25, 0.0, 0.25]
TURNS = [0.25, -0.25, -0.25, 0.25]
"""A quarter turn: the left eye goes up to the middle, the right one down."""


def two_eyes(*stages: tuple[float, list[float], list[float]]) -> ShapeTrees:
    """A mean face of two points at (2, 4) and (6, 4) of the box. The one tree of each stage looks
    on the first point, and a pixel to the right of the second in the mean face: by how much the
    first has to be lighter, and what happens if it is, and if not."""
    count = len(stages)
    return ShapeTrees(
        mean_xy=np.array([[0.25, 0.5], [0.75, 0.5]], np.float32),
        anchors=np.tile(np.array([0, 1], np.int32), (count, 1)),
        offsets_xy=np.tile(np.array([[0, 0], [0.125, 0]], np.float32), (count, 1, 1)),
        compared=np.tile(np.array([0, 1], np.int32), (count, 1, 1, 1)),
        thresholds=np.array([[[threshold]] for threshold, _, _ in stages], np.float32),
        leaves=np.array([[[left, right]] for _, left, right in stages], np.float32),
    )


def dark(**pixels: tuple[int, int, int]) -> Image:
    """A black picture of 9×9 with colours at pixels named `x_y`."""
    image = np.zeros((9, 9, 3), np.uint8)
    for place, colour in pixels.items():
        x, y = map(int, place.strip("_").split("_"))
        image[y, x] = colour
    return image


@pytest.mark.parametrize(
    ("threshold", "points"), [(59.0, [[2, 6], [6, 6]]), (60.0, [[2, 4], [6, 4]])]
)
def test_a_tree_goes_to_the_left_where_the_first_pixel_is_lighter_by_more(
    threshold: float, points: list[list[int]]
) -> None:
    # the mean of 10, 60 and 112 is 60, without the fraction
    picture = dark(_2_4=(10, 60, 112))
    assert two_eyes((threshold, DOWN, STAYS)).fit(picture, BOX).tolist() == [points]


def test_the_second_pixel_lies_beside_the_second_point() -> None:
    assert two_eyes((-50.0, STAYS, DOWN)).fit(dark(_7_4=(60, 60, 60)), BOX)[0, 0].tolist() == [2, 6]
    assert two_eyes((-50.0, STAYS, DOWN)).fit(dark(_6_4=(60, 60, 60)), BOX)[0, 0].tolist() == [2, 4]


def test_what_lies_beside_a_point_turns_with_the_face() -> None:
    trees = two_eyes((-1.0, TURNS, TURNS), (-50.0, STAYS, DOWN))
    # the eyes are at (4, 2) and (4, 6) now, and what was to the right of the second is below it
    assert trees.fit(dark(_4_7=(60, 60, 60)), BOX)[0].tolist() == [[4, 4], [4, 8]]
    assert trees.fit(dark(_5_6=(60, 60, 60)), BOX)[0].tolist() == [[4, 2], [4, 6]]


def test_outside_the_picture_it_is_dark() -> None:
    white = np.full((9, 9, 3), 255, np.uint8)
    boxes = BOX + np.array([[0], [-3], [2]], np.intp)
    # of the second box the first point is outside, at (-1, 1); of the third the second pixel
    found = two_eyes((100.0, DOWN, STAYS)).fit(white, boxes)
    assert found[:, 0].tolist() == [[2, 4], [-1, 1], [4, 8]]


def test_no_face_has_no_points() -> None:
    found = two_eyes((0.0, DOWN, STAYS)).fit(dark(), BOX[:0])
    assert found.shape == (0, 2, 2)
