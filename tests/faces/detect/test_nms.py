"""Suppression of overlapping boxes, on boxes whose overlaps are worked out by hand."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from lookout.faces.detect.nms import keep_best

# b shares 50 of a's 100 px: union 150, so 1/3; c lies inside a and is a quarter of it
BOXES = np.array([(0, 0, 10, 10), (5, 0, 15, 10), (0, 0, 5, 5), (50, 50, 60, 60)], np.float32)


@pytest.mark.parametrize(
    ("limit", "over", "kept"),
    [
        (0.5, "union", [3, 0, 1, 2]),
        (0.3, "union", [3, 0, 2]),
        (0.2, "union", [3, 0]),
        (0.6, "smaller", [3, 0, 1]),
    ],
)
def test_boxes_that_a_better_one_overlaps_too_much_go(
    limit: float, over: Literal["union", "smaller"], kept: list[int]
) -> None:
    score = np.array([0.8, 0.7, 0.6, 0.9], np.float32)
    assert keep_best(BOXES, score, limit, over).tolist() == kept


def test_a_box_that_went_takes_no_other_with_it() -> None:
    row = np.array([(0, 0, 10, 10), (4, 0, 14, 10), (8, 0, 18, 10)], np.float32)
    assert keep_best(row, np.array([3, 2, 1], np.float32), 0.4).tolist() == [0, 2]


def test_no_boxes_are_an_ordinary_answer() -> None:
    assert len(keep_best(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.5)) == 0
