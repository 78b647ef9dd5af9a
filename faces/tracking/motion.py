"""Whether a picture shows something that the last searched one did not.

A search for faces costs ten to a hundred times as much as this comparison, and most cameras show
nothing new most of the time. What stands still is searched, too, only less often; so a face that
was missed, or that has come while nobody looked, is found a second later.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Image

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
    return np.asarray(_scaled(luma), np.uint8)


def small_luma_of(image_bgr: Image) -> Luma:
    """`small_luma` of a picture (height, width, 3) uint8, BGR."""
    return np.asarray(cv2.cvtColor(_scaled(image_bgr), cv2.COLOR_BGR2GRAY), np.uint8)


def _scaled(image: Image) -> Image:
    height, width = image.shape[:2]
    size_wh = (SMALL_WIDTH, max(1, round(height * SMALL_WIDTH / width)))
    return np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


class MotionGate:
    """Decides which frames of one camera are searched. One thread; time is an argument."""

    def __init__(self, floor_s: float = FLOOR_S, attended_s: float = ATTENDED_S) -> None:
        self._floor_s = floor_s
        self._attended_s = attended_s
        self._reference: Luma | None = None
        self._searched_s = float("-inf")
        self.attended = False

    def passes(self, small: Luma, now_s: float) -> bool:
        """Whether this frame is to be searched, which it then is. small: from `small_luma`."""
        due = self.is_due(small, now_s)
        if due:
            self.searched(small, now_s)
        return due

    def is_due(self, small: Luma, now_s: float) -> bool:
        """Whether this frame shows something new, or the last search was long ago."""
        still_s = self._attended_s if self.attended else self._floor_s
        return now_s - self._searched_s >= still_s or self._moved(small)

    def searched(self, small: Luma, now_s: float) -> None:
        """This frame was searched: later ones are compared with it."""
        self._reference, self._searched_s = small, now_s

    def _moved(self, small: Luma) -> bool:
        reference = self._reference
        if reference is None or reference.shape != small.shape:
            return True
        changed = cv2.absdiff(small, reference) > CHANGED
        return int(np.count_nonzero(changed)) >= LEAST_CHANGED
