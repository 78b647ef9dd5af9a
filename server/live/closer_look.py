"""Small faces, looked at in a larger picture of the same moment.

The two pictures of a camera differ in crop and clock, so where a face should be is only where it is
looked for: the detector finds it in the larger picture by itself, or it is not taken from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.photo.quality import FULL_SIZE_PX, view_of
from lookout.faces.protocols import Detector
from lookout.faces.tracking.cadence import encoding_due
from lookout.faces.tracking.tracker import Track
from lookout.server.live.frame_job import FrameJob

SMALL_PX = 60.0
"""Faces below are looked for in the larger picture."""
MARGIN = 1.0
"""Of the face's size, on each side of it: the walk of half a second."""
LIKE = 0.5
"""A face of another size than expected is another face: the smaller of both, as a share."""


@dataclass(frozen=True, slots=True, eq=False)
class CloseUp:
    """A face in a part of the larger picture. weight: of that view."""

    image_bgr: Image
    face: Detections
    weight: float


def closer_look_due(track: Track, job: FrameJob, image_bgr: Image) -> bool:
    """Whether the larger picture of this frame is worth an encoding of the track, though the
    smaller one is not: a view so much larger than those before is a better one."""
    if job.close_up_bgr is None or track.view.size_px >= SMALL_PX:
        return False
    scale = job.close_up_bgr.shape[1] / image_bgr.shape[1]
    size = min(scale * track.view.size_px / FULL_SIZE_PX, 1.0)
    weight = size * min(track.view.sharpness, 1.0)
    return scale > 1 and encoding_due(track.probes, weight, job.arrived_s)


def closer_looks(
    detector: Detector, image_bgr: Image, close_up_bgr: Image, boxes_xyxy: Sequence[Floats]
) -> list[CloseUp | None]:
    """One for each box (4,), in pixels of `image_bgr`; None for a face that is not small or that
    the larger picture does not show."""
    scale = np.tile(
        [
            close_up_bgr.shape[1] / image_bgr.shape[1],
            close_up_bgr.shape[0] / image_bgr.shape[0],
        ],
        2,
    )
    looks: list[CloseUp | None] = [None] * len(boxes_xyxy)
    crops: dict[int, tuple[Image, Floats]] = {}
    for index, box in enumerate(boxes_xyxy):
        if scale.min() > 1 and _size(box) < SMALL_PX:
            crop = _crop(close_up_bgr, np.asarray(box * scale, np.float32))
            if crop is not None:
                crops[index] = crop
    found = detector.detect([crop for crop, _ in crops.values()]) if crops else []
    for (index, (part, expected)), detections in zip(crops.items(), found, strict=True):
        looks[index] = _expected_face(part, expected, detections)
    return looks


def _size(box_xyxy: Floats) -> float:
    return float(min(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1]))


def _crop(picture: Image, box_xyxy: Floats) -> tuple[Image, Floats] | None:
    """The part with the face and a margin, and the box in it; None outside the picture."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = box_xyxy
    margin = MARGIN * max(x1 - x0, y1 - y0)
    left, top = (int(max(0, edge - margin)) for edge in (x0, y0))
    right, bottom = int(min(width, x1 + margin)), int(min(height, y1 + margin))
    if right - left < 16 or bottom - top < 16:
        return None
    crop = np.ascontiguousarray(picture[top:bottom, left:right])
    return crop, np.asarray(box_xyxy - (left, top, left, top), np.float32)


def _expected_face(crop: Image, expected: Floats, found: Detections) -> CloseUp | None:
    """The face that is nearest to where it should be, if it is of about its size."""
    best, nearest = None, np.inf
    for index, box in enumerate(found.box_xyxy):
        likeness = min(_size(box), _size(expected)) / max(_size(box), _size(expected), 1.0)
        shift = np.linalg.norm((box[:2] + box[2:]) / 2 - (expected[:2] + expected[2:]) / 2)
        if likeness >= LIKE and shift < min(nearest, 1.5 * _size(expected)):
            best, nearest = index, float(shift)
    if best is None:
        return None
    face = found.take(np.array([best], np.intp))
    return CloseUp(crop, face, view_of(crop, face.box_xyxy[0]).weight)
