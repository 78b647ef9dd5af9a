"""Windows: the part of a frame around a face, in the size in which a detector finds it surely."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from lookout.faces.detections import Floats, Image
from lookout.faces.protocols import Detector

WINDOW_SCALE = 2.2
"""The side of a window, in sides of the face in its middle."""


@dataclass(frozen=True, slots=True)
class Window:
    """A square of a frame around a face. To pixels of the frame: `pixels * scale + corner_xy`.

    box_xyxy:  (4,) float32, pixels of the frame: the face.
    image_bgr: (side, side, 3) uint8, black where the square reaches outside the frame.
    corner_xy: (2,) float32, pixels of the frame: the top left corner.
    """

    box_xyxy: Floats
    image_bgr: Image
    corner_xy: Floats
    scale: float


def window_side_px(detector: Detector) -> int:
    """The side of the windows that are searched by this detector."""
    return round(WINDOW_SCALE * detector.face_px)


def crop_window(image_bgr: Image, box_xyxy: Floats, side_px: int) -> Window | None:
    """The window around a face, `side_px` wide and high; None if all of it is outside the frame."""
    height, width = image_bgr.shape[:2]
    reach = max(1.0, WINDOW_SCALE / 2 * float((box_xyxy[2:] - box_xyxy[:2]).max()))
    centre = (box_xyxy[:2] + box_xyxy[2:]) / 2
    x0, y0 = (int(v) for v in np.floor(centre - reach))
    side = max(2, round(2 * reach))
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + side, width), min(y0 + side, height)
    if right <= left or bottom <= top:
        return None
    square = image_bgr[top:bottom, left:right]
    if square.shape[:2] != (side, side):
        edges = (top - y0, y0 + side - bottom, left - x0, x0 + side - right)
        square = np.asarray(cv2.copyMakeBorder(square, *edges, cv2.BORDER_CONSTANT), np.uint8)
    method = cv2.INTER_AREA if side > side_px else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(square, (side_px, side_px), interpolation=method), np.uint8)
    return Window(box_xyxy, scaled, np.array([x0, y0], np.float32), side / side_px)
