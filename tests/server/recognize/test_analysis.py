"""A picture with more faces than anybody looks at is answered with the largest of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lookout.faces.detections import Detections, Image
from lookout.server.recognize.analysis import MAX_FACES


class CrowdDetector:
    """Finds `count` faces, each a tenth of a pixel wider than the one before."""

    name = "crowd"
    face_px = 10

    def __init__(self, count: int) -> None:
        self._count = count

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        side = np.linspace(20, 20 + (self._count - 1) / 10, self._count, dtype=np.float32)
        box_xyxy = np.stack([0 * side, 0 * side, side, side], axis=1)
        return [
            Detections(np.asarray(box_xyxy, np.float32), np.ones(self._count, np.float32))
            for _ in images_bgr
        ]


@pytest.mark.parametrize(("count", "answered"), [(3, 3), (1800, MAX_FACES)])
def test_the_largest_faces_of_a_crowd_are_answered(count: int, answered: int) -> None:
    (found,) = CrowdDetector(count).detect([np.zeros((300, 300, 3), np.uint8)])
    largest = found.largest(MAX_FACES)
    assert len(largest) == answered
    assert largest.size_wh[:, 0].min() == pytest.approx(20 + (count - answered) / 10)
