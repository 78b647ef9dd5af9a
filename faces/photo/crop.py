"""The picture of one face, for people to look at."""

from __future__ import annotations

import cv2
import numpy as np

from lookout.faces.detections import Floats, Image

MARGIN = 0.4
"""Of the box's width and height, on each side: hair, chin and ears help people to say who it is."""
_GROUND = 235


def crop_face(image_bgr: Image, box_xyxy: Floats) -> Image:
    """The face in the box (4,) with MARGIN around it, as far as the picture goes.

    (h, w, 3) uint8, a view of `image_bgr`; at least 1×1, wherever the box lies.
    """
    height, width = image_bgr.shape[:2]
    margin = MARGIN * (box_xyxy[2:] - box_xyxy[:2])
    first, last = np.round(box_xyxy[:2] - margin), np.round(box_xyxy[2:] + margin)
    x0, y0 = np.clip(first, 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(last, (x0 + 1, y0 + 1), (width, height)).astype(int)
    return image_bgr[y0:y1, x0:x1]


def square_tile(image_bgr: Image, side: int) -> Image:
    """The whole picture, scaled into a square of so many pixels; grey where it is no square."""
    height, width = image_bgr.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    tile = np.full((side, side, 3), _GROUND, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    small = cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA)
    tile[top : top + size[1], left : left + size[0]] = small
    return tile
