"""A model of liveness that says what a test wants it to say."""

from __future__ import annotations

from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.verdict import Look


class ToyLiveness:
    """Every face has the evidence of now; counts how often it was asked."""

    name = "toy"

    def __init__(self, evidence: float) -> None:
        self.evidence = evidence
        self.asked = 0

    def look(self, image_bgr: Image, box_xyxy: Floats) -> Look:
        self.asked += 1
        return Look(self.evidence)
