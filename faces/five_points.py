"""The five points of a face, whichever detector found it."""

from __future__ import annotations

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks import Landmarker


def five_of_68(points_xy: Floats) -> Floats:
    """(N, 5, 2) from dlib's (N, 68, 2): eyes, nose tip, mouth corners, viewer's left first."""
    left_eye = points_xy[:, 36:42].mean(1)
    right_eye = points_xy[:, 42:48].mean(1)
    rest = points_xy[:, [30, 48, 54]]
    return np.concatenate([left_eye[:, None], right_eye[:, None], rest], 1).astype(np.float32)


class FivePoints:
    """The five points of each face: the detector's own, else from dlib's 68-point predictor.

    The predictor is looked for when the first detections without points come: with a detector that
    has points it is never needed.
    """

    def __init__(self) -> None:
        self._landmarker: Landmarker | None = None

    def of(self, image_bgr: Image, detections: Detections) -> Floats:
        """(N, 5, 2) float32 pixels. Raises ModelMissing if the predictor is needed and not here."""
        if detections.points_xy is not None:
            return detections.points_xy
        if len(detections) == 0:
            return np.zeros((0, 5, 2), np.float32)
        if self._landmarker is None:
            self._landmarker = Landmarker(68)
        return five_of_68(self._landmarker.points(image_bgr, detections))
