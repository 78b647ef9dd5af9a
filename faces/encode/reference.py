"""dlib's own code for its ResNet: the oracle of the parity tests and of the benchmarks.

An order of magnitude slower than `faces.encode.dlib128`, which runs the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import dlib
import numpy as np

from lookout.faces.chips import ChipCutter
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import RESNET, dlib_weights
from lookout.faces.protocols import Chip


class DlibReferenceEncoder:
    name = "dlib-128"
    dimension = 128
    tolerance = 0.6

    def __init__(self) -> None:
        self._cutter = ChipCutter()
        self._network = dlib.face_recognition_model_v1(str(dlib_weights(RESNET)))

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return list(self._cutter.chips(image_bgr, detections))

    def encode(self, chips: Sequence[Chip]) -> Floats:
        encodings = [np.array(self._network.compute_face_descriptor(chip)) for chip in chips]
        return np.array(encodings, np.float32).reshape(len(chips), self.dimension)
