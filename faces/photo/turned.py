"""Photographs that lie on their side or stand on their head, without a note in the file.

Detectors find such a face now and then, and put their points as if it stood upright; its encoding
is as far from its owner's (0.7 to 0.8 with dlib-128) as a stranger's. So a photograph that shows no
face, or one whose landmarks do not settle, is looked at in the other three positions.
"""

from __future__ import annotations

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.judgement import NOT_WELL_SEEN, Reason, judge, main_face, measure_face
from lookout.faces.protocols import Detector

POSITIONS = (
    (cv2.ROTATE_90_CLOCKWISE, "lies on its side", "a quarter to the right"),
    (cv2.ROTATE_90_COUNTERCLOCKWISE, "lies on its side", "a quarter to the left"),
    (cv2.ROTATE_180, "is upside down", "by half"),
)


def turned(
    image_bgr: Image, score: float, detector: Detector, landmarker: Landmarker | None
) -> Reason | None:
    """The reason against a photograph whose face is seen well when the picture is turned, and with
    a higher score than `score`, that of the face as it is; None if there is no such position."""
    best: tuple[float, Reason] | None = None
    for turn, how, advice in POSITIONS:
        upright = np.asarray(cv2.rotate(image_bgr, turn), np.uint8)
        (found,) = detector.detect([upright])
        index = main_face(found)
        if isinstance(index, Reason) or found.score[index] <= (best[0] if best else score):
            continue
        measures = measure_face(upright, found.take(np.array([index])), landmarker)
        if all(reason.code != NOT_WELL_SEEN for reason in judge(measures)):
            message = f"The face {how}: turn the picture {advice} and save it."
            best = float(found.score[index]), Reason("turned", message)
    return None if best is None else best[1]
