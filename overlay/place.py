"""Where labels go: near their face, inside the picture, on no other label where avoidable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Size = tuple[int, int]

OWN_FACE_COST = 0.3  # a label over its own face is better than one over another's
LABEL_COST = 20.0  # two labels on each other can be read by nobody
STEP_COST = 0.02  # of a label's area, for each place down the list: the usual place wins ties


def place_labels(
    boxes_xyxy: Floats, labels_wh: Sequence[Size], picture_wh: Size, gap: int
) -> list[tuple[int, int]]:
    """The left top corner of each label, in order; earlier labels choose first.

    boxes_xyxy: (N, 4) float32, pixels, inside the picture. labels_wh: N sizes in pixels. Each label
    takes the cheapest of eight places around its box: above, below, inside, each from the left or
    the right side; then beside it.
    """
    placed = np.zeros((0, 4), np.float32)
    corners: list[tuple[int, int]] = []
    for index, label_wh in enumerate(labels_wh):
        places = _places(boxes_xyxy[index], label_wh, picture_wh, gap)
        cost = _overlap(places, boxes_xyxy).astype(np.float64)
        cost[:, index] *= OWN_FACE_COST
        area = label_wh[0] * label_wh[1]
        total = cost.sum(axis=1) + LABEL_COST * _overlap(places, placed).sum(axis=1)
        total += STEP_COST * area * np.arange(len(places))
        best = places[int(total.argmin())]
        placed = np.vstack([placed, best[None]])
        corners.append((int(best[0]), int(best[1])))
    return corners


def _places(box_xyxy: Floats, label_wh: Size, picture_wh: Size, gap: int) -> Floats:
    x0, y0, x1, y1 = (float(v) for v in box_xyxy)
    width, height = label_wh
    left, right = x0, x1 - width
    above, below = y0 - gap - height, y1 + gap
    corners = np.array(
        [
            (left, above),
            (left, below),
            (right, above),
            (right, below),
            (left + gap, y0 + gap),
            (left + gap, y1 - gap - height),
            (x1 + gap, y0),
            (x0 - gap - width, y0),
        ],
        np.float32,
    )
    limit = np.maximum(np.subtract(picture_wh, label_wh), 0)
    corners = np.clip(np.rint(corners), 0, limit).astype(np.float32)
    return np.hstack([corners, corners + np.array(label_wh, np.float32)])


def _overlap(a_xyxy: Floats, b_xyxy: Floats) -> Floats:
    """(A, B) float32: the area that each pair of boxes shares, in square pixels."""
    top_left = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    bottom_right = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    shared: Floats = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    return shared
