"""Pictures of single faces."""

from __future__ import annotations

import numpy as np

from lookout.faces.detections import Floats, Image
from lookout.server.recognize.footage import fit

MARGIN = 0.35
"""Of the face's size is left around it, so that a person recognises it, too."""
LONGER_SIDE_PX = 320


def cut_face(image_bgr: Image, box_xyxy: Floats) -> Image:
    """The face with some of what is around it: (h, w, 3) uint8, at least 1×1."""
    height, width = image_bgr.shape[:2]
    margin = MARGIN * (box_xyxy[2:] - box_xyxy[:2])
    x0, y0 = np.clip(box_xyxy[:2] - margin, 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(box_xyxy[2:] + margin, (x0 + 1, y0 + 1), (width, height)).astype(int)
    return fit(image_bgr[y0:y1, x0:x1], LONGER_SIDE_PX)
