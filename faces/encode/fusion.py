"""Two encoders that judge together: their encodings, scaled and laid side by side.

The squared Euclidean distance of two fused encodings is the weighted sum of the two squared
distances, so that the gallery and the decision need to know nothing about fusion. Method: weighted
score fusion; the weights are measured (docs/models.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Chip, Encoder


class FusedEncoder:
    """Chips are pairs: one of each encoder."""

    def __init__(
        self, first: Encoder, second: Encoder, weights: tuple[float, float], tolerance: float
    ) -> None:
        """weights: of the first and the second squared distance; both over 0."""
        if min(weights) <= 0:
            raise ValueError(f"the weights of a fusion must be over 0, got {weights}")
        self.name = f"{first.name}+{second.name}"
        self.dimension = first.dimension + second.dimension
        self.tolerance = tolerance
        self.facts = tuple(getattr(encoder, "facts", None) for encoder in (first, second))
        self._encoders = (first, second)
        self._scales = np.sqrt(np.array(weights, np.float32))

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        first, second = (e.align(image_bgr, detections) for e in self._encoders)
        return [cast(Chip, (one, other)) for one, other in zip(first, second, strict=True)]

    def encode(self, chips: Sequence[Chip]) -> Floats:
        first, second = (
            encoder.encode([chip[index] for chip in chips])
            for index, encoder in enumerate(self._encoders)
        )
        return self.join(first, second)

    def join(self, first: Floats, second: Floats) -> Floats:
        """(N, A) encodings of the first encoder and (N, B) of the second as (N, A + B) of this."""
        parts = [first * self._scales[0], second * self._scales[1]]
        return np.concatenate(parts, axis=1).astype(np.float32)
