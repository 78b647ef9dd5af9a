"""The 68 points of a face, by dlib's predictor."""

from __future__ import annotations

import threading
from pathlib import Path

from lookout.faces.align import dlib_boxes
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import LANDMARKS_68, SHA256, dlib_weights, find_weights
from lookout.faces.dlibnet.shape_predictor import (
    PREDICTOR_FORMAT,
    ShapePredictor,
    read_shape_predictor,
    unpacked,
)
from lookout.faces.graph_cache import graph_folder, map_or_build


class Landmarker:
    """Predicts 68 points in a face box. Any thread.

    The predictor is opened with the first face; the first on a machine waits some seconds until
    dlib's 96 MB have been read. They are kept in the cache folder in a form that is there at once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: the cache. Raises ModelMissing if dlib's file is not here."""
        find_weights(LANDMARKS_68)
        self._folder = folder or graph_folder()
        self._opening = threading.Lock()
        self._predict: ShapePredictor | None = None

    def points(self, image_bgr: Image, detections: Detections) -> Floats:
        """(N, 68, 2) float32, pixels, in dlib's order (its "right eye" is viewer's left).

        Raises ModelDamaged if the file is not what dlib wrote.
        """
        return self._opened()(image_bgr, dlib_boxes(detections))

    def _opened(self) -> ShapePredictor:
        with self._opening:
            if self._predict is None:
                stem = Path(LANDMARKS_68).stem
                name = f"{stem}-{SHA256[LANDMARKS_68][:16]}-{PREDICTOR_FORMAT}.bin"
                content = map_or_build(self._folder / name, lambda: _read().packed())
                self._predict = unpacked(content)
            return self._predict


def _read() -> ShapePredictor:
    weights = dlib_weights(LANDMARKS_68)
    return read_shape_predictor(weights.read_bytes(), weights.name)
