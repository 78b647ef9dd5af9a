"""Greedy non-maximum suppression."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats


def keep_best(
    box_xyxy: Floats, score: Floats, limit: float, over: Literal["union", "smaller"] = "union"
) -> npt.NDArray[np.intp]:
    """The boxes that no better one overlaps by more than `limit`, best score first.

    box_xyxy: (N, 4), score: (N,). Overlap is intersection over the union of two boxes, or over the
    smaller of them. Returns (K,) indices into both.
    """
    order = np.argsort(-score, kind="stable")
    area = np.clip(box_xyxy[:, 2:] - box_xyxy[:, :2], 0, None).prod(axis=1)
    kept: list[int] = []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(int(best))
        top_left = np.maximum(box_xyxy[best, :2], box_xyxy[order, :2])
        bottom_right = np.minimum(box_xyxy[best, 2:], box_xyxy[order, 2:])
        shared = np.clip(bottom_right - top_left, 0, None).prod(axis=1)
        if over == "union":
            whole = area[best] + area[order] - shared
        else:
            whole = np.minimum(area[best], area[order])
        order = order[shared <= limit * whole]
    return np.array(kept, np.intp)
