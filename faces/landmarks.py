"""dlib's landmark predictors and the chips that they cut.

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
from lookout.faces.dlib_weights import LANDMARKS_5, LANDMARKS_68, dlib_weights

CHIP_PX = 150
CHIP_PADDING = 0.25


class Landmarker:
    """Predicts 5 or 68 points in a face box. Safe to use from several threads."""

    def __init__(self, points: int = 5) -> None:
        if points not in (5, 68):
            raise ValueError(f"dlib has predictors of 5 and of 68 points, not of {points}")
        filename = LANDMARKS_5 if points == 5 else LANDMARKS_68
        self._predict = dlib.shape_predictor(str(dlib_weights(filename)))
        self._lock = threading.Lock()

    def shapes(self, image_rgb: Image, box_xyxy: Floats) -> list[Any]:
        """dlib's `full_object_detection` for each box of (N, 4)."""
        with self._lock:
            return [self._predict(image_rgb, _rectangle(box)) for box in box_xyxy]

    def points(self, image_bgr: Image, detections: Detections) -> Floats:
        """(N, 5 or 68, 2) float32, pixels, in dlib's order (its "right eye" is viewer's left)."""
        image_rgb = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
        shapes = self.shapes(as_image(image_rgb), dlib_boxes(detections))
        return np.array(
            [[(p.x, p.y) for p in shape.parts()] for shape in shapes], np.float32
        ).reshape(len(detections), -1, 2)

    def chips(self, image_bgr: Image, detections: Detections) -> list[Image]:
        """dlib's face chips: (150, 150, 3) uint8, **RGB**, padding 0.25, one for each face."""
        image_rgb = as_image(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB))
        return [
            dlib.get_face_chip(image_rgb, shape, size=CHIP_PX, padding=CHIP_PADDING)
            for shape in self.shapes(image_rgb, dlib_boxes(detections))
        ]


def as_image(array: npt.NDArray[Any]) -> Image:
    """The array as contiguous uint8, which dlib insists on."""
    return np.ascontiguousarray(array, dtype=np.uint8)


def _rectangle(box_xyxy: Floats) -> Any:
    left, top, right, bottom = (round(float(v)) for v in box_xyxy)
    return dlib.rectangle(left, top, right, bottom)
