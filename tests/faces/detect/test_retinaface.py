"""RetinaFace's numbers become boxes and points, worked out by hand."""

from __future__ import annotations

import numpy as np

from lookout.faces.detect.retinaface import anchors, decode


def test_each_cell_has_two_anchors_about_its_middle_row_by_row() -> None:
    place = anchors((64, 32))
    # 8×4 cells of 8 pixels, 4×2 of 16 and 2×1 of 32, two anchors each
    assert place.shape == (2 * (32 + 8 + 2), 4)
    assert place[:3].tolist() == [[4, 4, 16, 16], [4, 4, 32, 32], [12, 4, 16, 16]]
    assert place[64].tolist() == [8, 8, 64, 64]
    assert place[-1].tolist() == [16, 48, 512, 512]


def test_a_side_that_the_stride_does_not_divide_has_one_more_cell() -> None:
    assert len(anchors((33, 8))) == 2 * (5 + 3 + 2)


def test_numbers_move_an_anchor_by_a_tenth_of_its_size_and_grow_it_by_a_fifth_of_a_power() -> None:
    count = len(anchors((64, 64)))
    box, share, points = np.zeros((count, 4)), np.zeros((count, 2)), np.zeros((count, 10))
    box[1] = [1, -1, 5 * np.log(2), 0]  # the anchor at (4, 4) with a side of 32
    share[1] = [0.1, 0.9]
    points[1, :2] = [2, 3]
    box_xyxy, score, points_xy = decode(
        [array.astype(np.float32) for array in (box, share, points)], (64, 64)
    )
    assert score[1] == np.float32(0.9)
    # the centre moves by 3.2 to the right and up; twice as wide, as high as before
    assert np.allclose(box_xyxy[1], [7.2 - 32, 0.8 - 16, 7.2 + 32, 0.8 + 16], atol=1e-4)
    assert np.allclose(points_xy[1, 0], [4 + 6.4, 4 + 9.6], atol=1e-4)
    assert np.allclose(points_xy[1, 1], [4, 4])
