"""Whether a picture shows something that the last searched one did not.

A search for faces costs ten to a hundred times as much as this comparison, and most cameras show
nothing new most of the time. What stands still is searched, too, only less often; so a face that
was missed, or that has come while nobody looked, is found a second later.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]

SMALL_WIDTH = 80
"""Pictures are compared at this width: a face of 30 pixels in 640 covers 14 of the small ones."""
CHANGED = 10
"""Difference of luma, of 255, beyond the noise of a small pixel."""
LEAST_CHANGED = 4
"""Small pixels that must have changed."""
FLOOR_S = 1.0
"""What stands still is searched so often."""
ATTENDED_S = 0.2
"""While a face is in view: a track that is not seen for a second is over."""


def small_luma(luma: Luma) -> Luma:
    """(height, width) uint8 of a picture's luma, scaled to SMALL_WIDTH."""
    height, width = luma.shape
    size_wh = (SMALL_WIDTH, max(1, round(height * SMALL_WIDTH / width)))
    return np.asarray(cv2.resize(luma, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


class MotionGate:
    """Decides which frames of one camera are searched. One thread; time is an argument."""

    def __init__(self, floor_s: float = FLOOR_S, attended_s: float = ATTENDED_S) -> None:
        self._floor_s = floor_s
        self._attended_s = attended_s
        self._reference: Luma | None = None
        self._passed_s = float("-inf")
        self.attended = False

    def passes(self, small: Luma, now_s: float) -> bool:
        """Whether this frame is to be searched. small: from `small_luma`."""
        still_s = self._attended_s if self.attended else self._floor_s
        if now_s - self._passed_s < still_s and not self._moved(small):
            return False
        self._reference, self._passed_s = small, now_s
        return True

    def _moved(self, small: Luma) -> bool:
        reference = self._reference
        if reference is None or reference.shape != small.shape:
            return True
        changed = cv2.absdiff(small, reference) > CHANGED
        return int(np.count_nonzero(changed)) >= LEAST_CHANGED
