"""Privacy masks: parts of a picture that nobody and nothing is to see."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.server.storage.camera_records import Point

Polygons = Sequence[Sequence[Point]]


def blacken(picture: Image, polygons: Polygons) -> None:
    """Fills the polygons with black, in place; corners are 0 to 1 of the picture.

    picture: (height, width) or (height, width, 3) uint8, C order. The edges are filled, too.
    """
    if not polygons:
        return
    height, width = picture.shape[:2]
    scale = np.array([width, height], np.float64)
    corners = [
        np.round(np.asarray(polygon, np.float64) * scale).astype(np.int32) for polygon in polygons
    ]
    black = 0 if picture.ndim == 2 else (0, 0, 0)
    for polygon in corners:
        cv2.fillPoly(picture, [polygon], black)
        cv2.polylines(picture, [polygon], isClosed=True, color=black, thickness=2)
