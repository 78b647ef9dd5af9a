"""The 68 points of a face, by dlib's predictor."""

from __future__ import annotations

from pathlib import Path

from lookout.faces.align import dlib_boxes
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import LANDMARKS_68, SHA256, dlib_weights, find_weights
from lookout.faces.dlibnet.shape_predictor import (
    PREDICTOR_FORMAT,
    ShapePredictor,
    read_shape_predictor,
    restored,
)
from lookout.faces.graph_cache import graph_folder, read_or_build


class Landmarker:
    """Predicts 68 points in a face box. Safe to use from several threads.

    dlib's file of 96 MB is read once and kept in the cache folder in a form that opens at once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: the cache. Raises ModelMissing, ModelDamaged."""
        weights = find_weights(LANDMARKS_68)
        name = f"{weights.stem}-{SHA256[LANDMARKS_68][:16]}-{PREDICTOR_FORMAT}.npz"
        content = read_or_build((folder or graph_folder()) / name, lambda: _read().saved())
        self._predict = restored(content)

    def points(self, image_bgr: Image, detections: Detections) -> Floats:
        """(N, 68, 2) float32, pixels, in dlib's order (its "right eye" is viewer's left)."""
        return self._predict(image_bgr, dlib_boxes(detections))


def _read() -> ShapePredictor:
    weights = dlib_weights(LANDMARKS_68)
    return read_shape_predictor(weights.read_bytes(), weights.name)
