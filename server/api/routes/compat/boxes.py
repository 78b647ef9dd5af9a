"""Faces as compatible routes choose and describe them: boxes, probabilities, the one meant."""

from __future__ import annotations

import math

import numpy as np

from lookout.faces.detections import Detections, Image
from lookout.faces.photo.examiner import Choose
from lookout.faces.photo.judgement import NO_FACE, Reason, main_face
from lookout.server.recognize.analysis import AnalyzedImage

PROBABILITY_AT_THRESHOLD = 0.8
"""Scores of dlib's detectors start at 0 and have no upper end; a face that they accept passes the
limit of 0.8 that clients of CompreFace have as their default."""
_SCORES_FROM_ZERO = frozenset({"hog", "mmod"})


def probability(score: float, detector: str) -> float:
    """The detector's score of a face as CompreFace's clients expect it, 0 to 1."""
    if detector in _SCORES_FROM_ZERO:
        rest = 1.0 - PROBABILITY_AT_THRESHOLD
        return PROBABILITY_AT_THRESHOLD + rest * (1.0 - math.exp(-max(score, 0.0)))
    return min(max(float(score), 0.0), 1.0)


def largest_first(detections: Detections) -> list[int]:
    """The faces, the widest first."""
    return [int(face) for face in np.argsort(-detections.size_wh[:, 0], kind="stable")]


def widest_face(detections: Detections, _image_bgr: Image) -> int | Reason:
    """The widest face, however wide another is."""
    return largest_first(detections)[0] if len(detections) else NO_FACE


def main_face_from(least: float, detector: str) -> Choose:
    """The choice of the face that a photograph is of, among those of at least this probability."""

    def choose(detections: Detections, image_bgr: Image) -> int | Reason:
        sure = [probability(score, detector) >= least for score in detections.score]
        places = np.flatnonzero(sure)
        found = main_face(detections.take(places), image_bgr)
        return found if isinstance(found, Reason) else int(places[found])

    return choose


def int_box(look: AnalyzedImage, face: int) -> dict[str, int]:
    """The box as whole pixels inside the picture."""
    width, height = look.picture.size_wh
    x0, y0, x1, y1 = (round(float(edge)) for edge in look.detections.box_xyxy[face])
    return {
        "x_max": min(x1, width),
        "y_max": min(y1, height),
        "x_min": max(x0, 0),
        "y_min": max(y0, 0),
    }
