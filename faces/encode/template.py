"""An encoder that is data: every network that takes a face fitted to five points, or its box.

What differs between such networks (template, input size, channel order, mean, scale, metric) stands
in their registry entry, so that a user adds one without code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookout.faces.align import crop, crop_box
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.errors import ModelDamaged
from lookout.faces.face_input import to_blob
from lookout.faces.landmarks.five_points import FivePoints
from lookout.faces.models.specs import EncoderSpec
from lookout.faces.protocols import Chip
from lookout.faces.runtime.session import NetworkSession

_BATCH_CPU = 2
"""reid-0095 on two cores took 26 ms a chip in batches of 2, 40 in 4 and 88 in 32: such small
networks live in the cache, and a large batch does not fit."""
_BATCH_GPU = 64


class TemplateEncoder:
    """Chips are (input_px, input_px, 3) uint8 BGR."""

    def __init__(self, name: str, spec: EncoderSpec, session: NetworkSession) -> None:
        self.name = name
        self.dimension = spec.dimension
        self.tolerance = spec.tolerance
        self.facts = session.facts
        self._spec = spec
        self._session = session
        self._fixed_batch = session.input_shape[0]
        on_gpu = session.facts.device == "cuda"
        self._batch = self._fixed_batch or (_BATCH_GPU if on_gpu else _BATCH_CPU)
        self._template_xy = np.array(spec.template_xy, np.float32) * spec.input_px
        self._points = FivePoints()

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        spec = self._spec
        if not spec.template_xy:
            boxes = detections.box_xyxy
            return [crop_box(image_bgr, box, spec.margin, spec.input_px) for box in boxes]
        points = self._points.of(image_bgr, detections)
        return [crop(image_bgr, face, self._template_xy, spec.input_px) for face in points]

    def encode(self, chips: Sequence[Chip]) -> Floats:
        """(N, dimension) float32; unit vectors where the metric is cosine."""
        blob = to_blob(chips, self._spec)
        parts = [
            self._run(blob[start : start + self._batch])
            for start in range(0, len(blob), self._batch)
        ]
        return np.concatenate([np.zeros((0, self.dimension), np.float32), *parts])

    def _run(self, blob: Floats) -> Floats:
        missing = (self._fixed_batch or 0) - len(blob)
        if missing > 0:
            blob = np.concatenate([blob, np.zeros((missing, *blob.shape[1:]), np.float32)])
        output = self._session.run(blob)[0]
        encodings = output.reshape(len(blob), -1)[: len(blob) - max(missing, 0)]
        if encodings.shape[1] != self.dimension:
            raise ModelDamaged(
                f"{self.name} gives {encodings.shape[1]} numbers a face, its registry entry says "
                f"{self.dimension}"
            )
        if self._spec.metric == "euclidean":
            return encodings
        length = np.linalg.norm(encodings, axis=1, keepdims=True)
        return np.asarray(encodings / np.maximum(length, 1e-12), np.float32)
