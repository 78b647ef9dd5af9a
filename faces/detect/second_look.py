"""A second look in corrected light, for faces that hard shadow hides from the first.

Detectors learn from photographs that people chose to keep. Of a face lit from one side by a lamp in
a dark room half lies near black, though the picture holds it: a plain gamma brings it back. The
corrected picture is only searched; encoders are given the picture as it is (docs/decisions.md says
what that costs).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.detections import Detections, Floats, Image, iou_matrix
from lookout.faces.protocols import Detector

GAMMA = 2.2
DARK_LEVEL, DARK_SHARE = 50, 0.2
"""There is shadow to look into where so much of a picture is as dark as this (0 to 255)."""
SAME_FACE_IOU = 0.3
_SAMPLED_PX = 64
_BRIGHTER = np.rint(255 * (np.arange(256) / 255) ** (1 / GAMMA)).astype(np.uint8)


def in_shadow(image_bgr: Image) -> bool:
    """True if much of the picture is dark, which corrected light may show. 0.1 ms at 640×480."""
    step = max(1, min(image_bgr.shape[:2]) // _SAMPLED_PX)
    brightest = image_bgr[::step, ::step].max(axis=2)
    return float((brightest <= DARK_LEVEL).mean()) >= DARK_SHARE


def brightened(image_bgr: Image) -> Image:
    """The picture with its shadows lifted by a gamma of GAMMA."""
    return np.asarray(cv2.LUT(image_bgr, _BRIGHTER), np.uint8)


def second_look(
    detector: Detector, images_bgr: Sequence[Image], found: Sequence[Detections]
) -> list[Detections]:
    """What a first look `found` in each image, and after it what corrected light shows besides."""
    again = detector.detect([brightened(image) for image in images_bgr])
    return [_with_others(first, second) for first, second in zip(found, again, strict=True)]


def find_faces(detector: Detector, image_bgr: Image) -> Detections:
    """The faces of a photograph; where there seem to be none but there is shadow, of both looks."""
    (found,) = detector.detect([image_bgr])
    if len(found) or not in_shadow(image_bgr):
        return found
    return second_look(detector, [image_bgr], [found])[0]


def _with_others(first: Detections, second: Detections) -> Detections:
    """The faces of `first`, then those of `second` that are not among them."""
    if not len(first) or not len(second):
        return first if len(first) else second
    new = iou_matrix(first.box_xyxy, second.box_xyxy).max(axis=0) < SAME_FACE_IOU
    others = second.take(np.asarray(new, np.bool_))
    return Detections(
        np.concatenate([first.box_xyxy, others.box_xyxy]),
        np.concatenate([first.score, others.score]),
        _joined(first.points_xy, others.points_xy),
    )


def _joined(first: Floats | None, second: Floats | None) -> Floats | None:
    return None if first is None or second is None else np.concatenate([first, second])
