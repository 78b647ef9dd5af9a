"""The regions of a picture that cues compare: the inner face, and what lies around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image

Mask = npt.NDArray[np.bool_]

INSIDE = 0.8
RING = (1.12, 1.5)
"""Sizes of the regions, as shares of the outline of the face: what programs exchange lies within
1.0 and is blended into the rest about there; the band between the two belongs to neither."""
FACE_PX = 256
"""The width of the outline in the picture that cues look at; larger faces are scaled down, smaller
ones are left as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceParts:
    """A face and its surroundings, cut out of a picture.

    image_bgr:   (H, W, 3) uint8, at the scale of the cues.
    inside:      (H, W): well within the face. ring: (H, W): around it.
    outline_xy:  (P, 2) float32 pixels of `image_bgr`.
    corner_xy:   (2,) where the part lies in the picture, in the picture's pixels.
    scale:       pixels of `image_bgr` to a pixel of the picture.
    """

    image_bgr: Image
    inside: Mask
    ring: Mask
    outline_xy: Floats
    corner_xy: Floats
    scale: float


def parts_of(image_bgr: Image, points_xy: Floats) -> FaceParts:
    """The parts of the face with these (68, 2) points of dlib's, pixels of the picture."""
    outline = outline_of(points_xy)
    centre = outline.mean(axis=0)
    height, width = image_bgr.shape[:2]
    far = centre + (outline - centre) * (RING[1] + 0.1)
    first = np.clip(np.floor(far.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    last = np.clip(np.ceil(far.max(axis=0)) + 1, first + 1, (width, height)).astype(int)
    part = image_bgr[first[1] : last[1], first[0] : last[0]]
    scale = min(1.0, FACE_PX / max(1.0, float(np.ptp(outline[:, 0]))))
    if scale < 1.0:
        size_wh = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    own = ((outline - first) * scale).astype(np.float32)
    inside = _filled(own, INSIDE, part)
    ring = _filled(own, RING[1], part) & ~_filled(own, RING[0], part)
    return FaceParts(part, inside, ring, own, first.astype(np.float32), scale)


def outline_of(points_xy: Floats) -> Floats:
    """(P, 2) float32: the convex outline of the face by (68, 2) points, forehead included, which
    no point of dlib's marks: as far above the brows as the brows are above the nose."""
    brows, nose = points_xy[17:27], points_xy[33]
    forehead = brows + 0.7 * (brows - nose) * (0.2, 1.0)
    both = np.concatenate([points_xy, forehead]).astype(np.float32)
    return np.asarray(cv2.convexHull(both)[:, 0], np.float32)


def _filled(outline_xy: Floats, share: float, part: Image) -> Mask:
    centre = outline_xy.mean(axis=0)
    corners = np.round(centre + (outline_xy - centre) * share).astype(np.int32)
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, corners, 1)
    return np.asarray(mask, np.bool_)
