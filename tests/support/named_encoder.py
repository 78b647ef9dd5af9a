"""An encoder of which only the name and the numbers are asked."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Chip


class NamedEncoder:
    """Says what it is; a test that lets it encode fails."""

    def __init__(
        self, name: str = "dlib-128", dimension: int = 128, tolerance: float = 0.6
    ) -> None:
        self.name, self.dimension, self.tolerance = name, dimension, tolerance

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        raise NotImplementedError("nothing is to be aligned here")

    def encode(self, chips: Sequence[Chip]) -> Floats:
        raise NotImplementedError("nothing is to be encoded here")
