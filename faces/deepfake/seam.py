"""The seam: whether a face has less grain than its surroundings.

A face that was put in brings its own grain: that of another camera, another compression, or of a
network that paints 128 or 256 pixels and is scaled up. So the finest residual of smooth skin is
compared inside the face and around it. Only a face with less is a sign: with a background out of
focus, as in most portraits, every face has more. Method: local estimation of noise, as Mahdian and
Saic, "Using noise inconsistencies for blind image forensics", 2009; here with medians, on smooth
pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from lookout.faces.deepfake.face_parts import FaceParts, Mask
from lookout.faces.deepfake.signs import Cue, Signs, graded
from lookout.faces.detections import Floats

WEAK, FOUND = 1.2, 1.8
"""Doublings by which the grain around the face is coarser. Of 29 portraits three reach the first
and none the second."""
SMOOTH_SHARE = 0.5
"""Of the pixels of a region, those whose surroundings change least are looked at: the others are
edges and hair."""
LEAST_PIXELS = 400
LEAST_GRAIN = 0.25
"""Grey levels: less than this is rounding."""
CELL_PX = 9
"""The width of the surroundings that a point of the map stands for."""

_SIGMA = 1.4826
"""From the median of absolute deviations to a standard deviation."""


def seam_cue(parts: FaceParts) -> Cue:
    """The cue of one face."""
    residual, change = _residual(parts)
    inside, around = (_grain(residual, change, mask) for mask in (parts.inside, parts.ring))
    if inside is None or around is None:
        return Cue(
            "seam", Signs.INCONCLUSIVE, None, "Too little smooth skin shows in and around the face."
        )
    if max(inside, around) <= LEAST_GRAIN:
        return Cue(
            "seam", Signs.INCONCLUSIVE, None, "The picture has no grain: it was compressed away."
        )
    doublings = float(np.log2(max(around, LEAST_GRAIN) / max(inside, LEAST_GRAIN)))
    signs = graded(doublings, WEAK, FOUND)
    words = (
        "The face has as much grain as what is around it, or more."
        if signs is Signs.NONE
        else f"The face has {2**doublings:.1f} times less grain than what is around it."
    )
    return Cue("seam", signs, doublings, words)


def seam_map(parts: FaceParts) -> Floats:
    """(H, W) float32: by how many doublings the grain of each place differs from that around the
    face; 0 where nothing can be compared."""
    residual, change = _residual(parts)
    around = _grain(residual, change, parts.ring)
    if around is None:
        return np.zeros(residual.shape, np.float32)
    deviation = cv2.blur(np.abs(residual), (CELL_PX, CELL_PX)) * np.float32(np.sqrt(np.pi / 2))
    ratio = np.maximum(deviation, LEAST_GRAIN) / max(around, LEAST_GRAIN)
    return np.asarray(np.log2(ratio), np.float32)


def _residual(parts: FaceParts) -> tuple[Floats, Floats]:
    """What is finer than a pixel or two, in grey levels, and how much the surroundings change."""
    grey = cv2.cvtColor(parts.image_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32)
    residual = grey - cv2.GaussianBlur(grey, (0, 0), 1.0)
    coarse = cv2.GaussianBlur(grey, (0, 0), 3.0)
    across, down = cv2.Sobel(coarse, cv2.CV_32F, 1, 0), cv2.Sobel(coarse, cv2.CV_32F, 0, 1)
    return np.asarray(residual, np.float32), np.asarray(np.hypot(across, down), np.float32)


def _grain(residual: Floats, change: Floats, mask: Mask) -> float | None:
    """The deviation of the residual on the smooth half of a region; None if it is too small."""
    if np.count_nonzero(mask) < LEAST_PIXELS:
        return None
    smooth = residual[mask & (change <= np.quantile(change[mask], SMOOTH_SHARE))]
    if len(smooth) < LEAST_PIXELS / 2:
        return None
    return float(_SIGMA * np.median(np.abs(smooth - np.median(smooth))))
