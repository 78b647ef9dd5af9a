"""dlib's landmark predictors."""

from __future__ import annotations

import threading
from pathlib import Path

from lookout.faces.align import dlib_boxes, whole_pixels
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import LANDMARKS_5, LANDMARKS_68, find_weights
from lookout.faces.shape_file import is_kept, open_shape_trees
from lookout.faces.shape_trees import ShapeTrees


class Landmarker:
    """Predicts 5 or 68 points in a face box. Any thread.

    The predictor is opened with the first face. Once on a machine it takes some seconds to read its
    96 MB, which is done at once, before anybody waits for a face.
    """

    def __init__(self, points: int = 68, folder: Path | None = None) -> None:
        """folder: where what was read is kept. Raises ModelMissing if the file is not here, and
        ModelDamaged if it is not what dlib wrote."""
        if points not in (5, 68):
            raise ValueError(f"dlib has predictors of 5 and of 68 points, not of {points}")
        self._filename = LANDMARKS_5 if points == 5 else LANDMARKS_68
        find_weights(self._filename)
        self._folder = folder
        self._opening = threading.Lock()
        self._trees: ShapeTrees | None = None
        if not is_kept(self._filename, folder):
            self._opened()

    def points(self, image_bgr: Image, detections: Detections) -> Floats:
        """(N, 5 or 68, 2) float32, pixels, in dlib's order (its "right eye" is viewer's left).

        Raises ModelDamaged if the file is not what dlib wrote.
        """
        return self._opened().fit(image_bgr, whole_pixels(dlib_boxes(detections)))

    def _opened(self) -> ShapeTrees:
        with self._opening:
            if self._trees is None:
                self._trees = open_shape_trees(self._filename, self._folder)
            return self._trees
