"""Stillness: a face that does not move at all is a picture on something that does not move.

A living head never stands quite still, a photograph on a stand does. One place of the picture is
watched: the box that a detector draws anew for every frame trembles by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lookout.faces.detections import Floats, Image
from lookout.faces.photo.quality import grey_chip

PATCH_PX = 32
LEAST_SPAN_S = 1.1
LEAST_VIEWS = 4
MOST_CHANGE = 5e-4
"""One minus the correlation of two patches. Over 1.2 to 2 s the stillest of five people, who had
been told not to move, changed by 13e-4, the four others by 190e-4 and more; a still picture of at
least 100 px changed by 3e-4 with the noise of a web camera."""
LEAST_PX = 100.0
"""In a smaller face the noise of the camera changes as much as a live face does."""
MOVED = 0.1
"""A box that is farther from its place than this share of its width has moved."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkPlace:
    """Where a face is watched, since when, and how much its picture has changed meanwhile.

    box_xyxy:      (4,) pixels. first, latest: (32, 32) uint8.
    views:         the patches so far that differ from the one before.
    change:        the largest difference from the first patch.
    """

    box_xyxy: Floats
    first: Image
    latest: Image
    first_s: float
    last_s: float
    views: int = 1
    change: float = 0.0

    @property
    def is_still(self) -> bool:
        """True if the face has not moved at all, for long enough to say so."""
        large_enough = self.box_xyxy[2] - self.box_xyxy[0] >= LEAST_PX
        long_enough = self.last_s - self.first_s >= LEAST_SPAN_S and self.views >= LEAST_VIEWS
        return bool(large_enough and long_enough and self.change <= MOST_CHANGE)


def watched(
    place: LandmarkPlace | None, image_bgr: Image, box_xyxy: Floats, time_s: float
) -> LandmarkPlace | None:
    """The place after one more view of the face, now in `box_xyxy` (4,); None outside the image.

    A face that has moved gets a new place. A patch without any difference from the one before is
    left out: the camera stands still, which says nothing about the face.
    """
    if place is None or _moved(place.box_xyxy, box_xyxy):
        patch = grey_chip(image_bgr, box_xyxy, PATCH_PX)
        return None if patch is None else LandmarkPlace(box_xyxy, patch, patch, time_s, time_s)
    patch = grey_chip(image_bgr, place.box_xyxy, PATCH_PX)
    if patch is None or np.array_equal(patch, place.latest):
        return place
    change = max(place.change, _change(place.first, patch))
    return replace(place, latest=patch, last_s=time_s, views=place.views + 1, change=change)


def _moved(before_xyxy: Floats, now_xyxy: Floats) -> bool:
    width = before_xyxy[2] - before_xyxy[0]
    return bool(np.abs(now_xyxy - before_xyxy).max() > MOVED * width)


def _change(a: Image, b: Image) -> float:
    """One minus the correlation; 1 where a patch is flat. Other light alone is no change."""
    if not a.std() or not b.std():
        return 1.0
    return float(1.0 - np.corrcoef(a.ravel(), b.ravel())[0, 1])
