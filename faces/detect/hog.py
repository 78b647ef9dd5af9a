"""dlib's frontal face detector: HOG features and a linear classifier over an image pyramid.

Preprocessing: RGB uint8; `upsample` doubles the image that many times first. The smallest face is
about 80 px wide without upsampling, 40 px with one. Method: Dalal and Triggs, CVPR 2005; max-margin
training by D. King, arXiv:1502.00046.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import dlib
import numpy as np

from lookout.faces.chips import as_image
from lookout.faces.detections import Detections, Image

THRESHOLD = 0.1
"""The least score of a face. dlib's own is 0, which in video lets in boxes that are no face, or a
poor look at one, each a track of one frame. Of 183 faces that HOG finds in photographs (families,
boxes and every sixtieth of LFW) the least score is 0.11."""


class HogDetector:
    name = "hog"

    def __init__(self, upsample: int = 1, threshold: float = THRESHOLD) -> None:
        self.face_px = 87 >> upsample
        self._detector = dlib.get_frontal_face_detector()
        self._upsample = upsample
        self._threshold = threshold

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """The faces of each image; see `faces.protocols.Detector`."""
        return [self._detect_one(image) for image in images_bgr]

    def _detect_one(self, image_bgr: Image) -> Detections:
        image_rgb = as_image(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB))
        boxes, scores, _ = self._detector.run(image_rgb, self._upsample, self._threshold)
        if not boxes:
            return Detections.empty()
        # dlib's right and bottom are the last pixel of the face, ours the edge behind it
        box_xyxy = np.array(
            [(b.left(), b.top(), b.right() + 1, b.bottom() + 1) for b in boxes], np.float32
        )
        order = np.argsort(scores)[::-1]
        return Detections(box_xyxy, np.array(scores, np.float32)).take(order)
