"""What recognises, and whom: the networks, the people and the rule that one run goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookout.faces.decision.decide import Decision, Probe, Rule, decide
from lookout.faces.decision.negatives import Negatives
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder


@dataclass(frozen=True, slots=True, eq=False)
class Engines:
    """One run's engines; the people stay the same until it ends."""

    detector: Detector
    encoder: Encoder
    gallery: Gallery
    rule: Rule
    negatives: Negatives | None = None

    def decide(self, probes: Sequence[Probe]) -> Decision:
        """Who the face is that these probes show."""
        return decide(probes, self.gallery, self.rule, self.negatives)
