"""A picture that shows where the grain of faces differs from that around them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.deepfake.face_parts import FaceParts
from lookout.faces.deepfake.seam import seam_map
from lookout.faces.detections import Image

MOST = 2.5
"""Doublings that have the full colour: blue for smoother, red for coarser."""
SHARE = 0.55
"""Of the colour, the rest being the picture."""


def heat_map(image_bgr: Image, faces: Sequence[FaceParts]) -> Image:
    """A copy of the picture with the map over each face and a line around it."""
    drawn = image_bgr.copy()
    for parts in faces:
        _draw(drawn, parts)
    return drawn


def _draw(drawn: Image, parts: FaceParts) -> None:
    level = np.clip((seam_map(parts) / MOST + 1) * 127.5, 0, 255).astype(np.uint8)
    colours = cv2.applyColorMap(level, cv2.COLORMAP_JET)
    regions = (parts.inside | parts.ring).astype(np.uint8)
    height, width = (round(side / parts.scale) for side in parts.image_bgr.shape[:2])
    x, y = parts.corner_xy.astype(int)
    part = drawn[y : y + height, x : x + width]
    size_wh = (part.shape[1], part.shape[0])
    colours = cv2.resize(colours, size_wh)
    shown = cv2.resize(regions, size_wh, interpolation=cv2.INTER_NEAREST) > 0
    mixed = cv2.addWeighted(part, 1 - SHARE, colours, SHARE, 0)
    part[shown] = mixed[shown]
    outline = np.round(parts.outline_xy / parts.scale + parts.corner_xy).astype(np.int32)
    cv2.polylines(drawn, [outline[:, None]], True, (255, 255, 255), 1, cv2.LINE_AA)
