"""Several encoders at once: a photograph is decoded and searched once and encoded by each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Chip, Encoder


class SideBySide:
    """The encodings of several encoders as they are, one behind the other: (N, A + B …).

    They are for `split` alone; distances between whole rows mean nothing. The tolerance is the
    first encoder's.
    """

    def __init__(self, *encoders: Encoder) -> None:
        self.encoders = encoders
        self.name = ",".join(encoder.name for encoder in encoders)
        self.dimension = sum(encoder.dimension for encoder in encoders)
        self.tolerance = encoders[0].tolerance

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        chips = [encoder.align(image_bgr, detections) for encoder in self.encoders]
        return [cast(Chip, each) for each in zip(*chips, strict=True)]

    def encode(self, chips: Sequence[Chip]) -> Floats:
        rows = [
            encoder.encode([chip[place] for chip in chips])
            for place, encoder in enumerate(self.encoders)
        ]
        return np.concatenate(rows, axis=1, dtype=np.float32)

    def split(self, encodings: Floats) -> list[Floats]:
        """(N, A + B …) as (N, A), (N, B) …, in the order of `encoders`."""
        ends = np.cumsum([encoder.dimension for encoder in self.encoders])[:-1]
        return np.split(encodings, ends, axis=1)
