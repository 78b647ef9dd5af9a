"""Pictures of bounded size."""

from __future__ import annotations

import cv2
import numpy as np

from lookout.faces.detections import Image


def fit(image_bgr: Image, longer_side_px: int) -> Image:
    """The picture, scaled down if its longer side is over `longer_side_px`."""
    height, width = image_bgr.shape[:2]
    scale = longer_side_px / max(height, width)
    if scale >= 1:
        return image_bgr
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
