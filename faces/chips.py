"""dlib's face chips: the pictures that its encoder takes."""

from __future__ import annotations

import threading
from typing import Any

import cv2
import dlib
import numpy as np
import numpy.typing as npt

from lookout.faces.align import dlib_boxes, whole_pixels
from lookout.faces.detections import Detections, Image
from lookout.faces.dlib_weights import LANDMARKS_5, dlib_weights

CHIP_PX = 150
CHIP_PADDING = 0.25


class ChipCutter:
    """Cuts chips by dlib's predictor of five points. Safe to use from several threads."""

    def __init__(self) -> None:
        self._predict = dlib.shape_predictor(str(dlib_weights(LANDMARKS_5)))
        self._lock = threading.Lock()

    def chips(self, image_bgr: Image, detections: Detections) -> list[Image]:
        """dlib's face chips: (150, 150, 3) uint8, **RGB**, padding 0.25, one for each face."""
        image_rgb = as_image(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB))
        boxes = [dlib.rectangle(*box) for box in whole_pixels(dlib_boxes(detections)).tolist()]
        with self._lock:
            shapes = [self._predict(image_rgb, box) for box in boxes]
        return [
            dlib.get_face_chip(image_rgb, shape, size=CHIP_PX, padding=CHIP_PADDING)
            for shape in shapes
        ]


def as_image(array: npt.NDArray[Any]) -> Image:
    """The array as contiguous uint8, which dlib insists on."""
    return np.ascontiguousarray(array, dtype=np.uint8)
