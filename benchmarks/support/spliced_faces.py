"""Faces exchanged by hand between photographs, as programs do it: the forgeries of measurements.

pasted:  the other face, its light made equal, mixed in along a soft border.
poisson: the same, blended by its gradients (Perez et al., SIGGRAPH 2003; OpenCV's).
painted: as `pasted`, of a face that is 64 pixels wide and scaled up, as networks paint them.
"""

from __future__ import annotations

import cv2
import numpy as np

from lookout.faces.align import fit_similarity
from lookout.faces.detections import Floats, Image

WAYS = ("pasted", "poisson", "painted")
PAINTED_PX = 64


def splice(
    target_bgr: Image, target_xy: Floats, source_bgr: Image, source_xy: Floats, way: str
) -> Image:
    """`target_bgr` with the face of `source_bgr`; both have (68, 2) points. Raises ValueError for a
    way that there is not."""
    if way not in WAYS:
        raise ValueError(f"a face is exchanged by {', '.join(WAYS)}, not by {way!r}")
    if way == "painted":
        share = PAINTED_PX / max(float(np.ptp(source_xy[:, 0])), 1.0)
        small = cv2.resize(source_bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        source_bgr, source_xy = np.asarray(small, np.uint8), source_xy * np.float32(share)
    height, width = target_bgr.shape[:2]
    matrix = fit_similarity(source_xy, target_xy)
    moved = cv2.warpAffine(
        source_bgr, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    hull = cv2.convexHull(np.round(target_xy).astype(np.int32))
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, hull, 255)
    moved = _light_of(target_bgr, np.asarray(moved, np.uint8), mask)
    if way == "poisson":
        x, y, w, h = cv2.boundingRect(hull)
        centre = (x + w // 2, y + h // 2)
        return np.asarray(
            cv2.seamlessClone(moved, target_bgr, mask, centre, cv2.NORMAL_CLONE), np.uint8
        )
    soft = max(1.0, float(np.ptp(target_xy[:, 0])) / 40)
    share_of = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft)[..., None]
    mixed = target_bgr * (1 - share_of) + moved * share_of
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)


def _light_of(target_bgr: Image, moved_bgr: Image, mask: Image) -> Image:
    """The moved face with the mean and deviation of each colour (Lab) that the target has there."""
    inside = mask > 0
    wanted, own = (
        cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
        for image in (target_bgr, moved_bgr)
    )
    for channel in range(3):
        values, aims = own[inside, channel], wanted[inside, channel]
        scale = float(aims.std()) / max(float(values.std()), 1.0)
        own[..., channel] = (own[..., channel] - values.mean()) * scale + aims.mean()
    return np.asarray(
        cv2.cvtColor(np.clip(own, 0, 255).astype(np.uint8), cv2.COLOR_LAB2BGR), np.uint8
    )
