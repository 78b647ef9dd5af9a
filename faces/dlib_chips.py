"""dlib's face chips, cut by its predictor of five points.

Method: an ensemble of regression trees (Kazemi and Sullivan, CVPR 2014) as trained by dlib.
"""

from __future__ import annotations

import threading
from typing import Any

import cv2
import dlib
import numpy as np
import numpy.typing as npt

from lookout.faces.align import dlib_boxes
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import LANDMARKS_5, dlib_weights

CHIP_PX = 150
CHIP_PADDING = 0.25


class DlibChips:
    """Cuts chips by five points in a face box. Safe to use from several threads."""

    def __init__(self) -> None:
        self._predict = dlib.shape_predictor(str(dlib_weights(LANDMARKS_5)))
        self._lock = threading.Lock()

    def chips(self, image_bgr: Image, detections: Detections) -> list[Image]:
        """dlib's face chips: (150, 150, 3) uint8, **RGB**, padding 0.25, one for each face."""
        image_rgb = as_image(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB))
        with self._lock:
            shapes = [self._predict(image_rgb, _rectangle(box)) for box in dlib_boxes(detections)]
        return [
            dlib.get_face_chip(image_rgb, shape, size=CHIP_PX, padding=CHIP_PADDING)
            for shape in shapes
        ]


def as_image(array: npt.NDArray[Any]) -> Image:
    """The array as contiguous uint8, which dlib insists on."""
    return np.ascontiguousarray(array, dtype=np.uint8)


def _rectangle(box_xyxy: Floats) -> Any:
    left, top, right, bottom = (round(float(v)) for v in box_xyxy)
    return dlib.rectangle(left, top, right, bottom)
