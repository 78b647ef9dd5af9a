"""Passive liveness of a single view: two networks that see different surroundings, and the rim of a
sheet or a screen around the face."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.floor import reasons_against
from lookout.faces.liveness.minifasnet import MiniFasNet, live_logit
from lookout.faces.liveness.sheet import FRAMED as LEAST_FRAMED
from lookout.faces.liveness.sheet import framed
from lookout.faces.liveness.verdict import FRAMED, MARGIN, Look
from lookout.faces.photo.quality import view_of

THRESHOLD = 0.25
"""The mean of the live logits from which a face is rather live. About halfway between the lowest of
373 live faces (0.83) and the highest of 400 prints (-0.49) of five people of NUAA
(docs/liveness.md). The usual rule, a share of 0.5 after the softmax, refuses most live faces of one
of the five."""
RIM_COST = 2.0
"""A rectangle around the face takes so much of the evidence: half of what a live face has in
ordinary light. No more, because somebody may look through a small window."""


class PassiveLiveness:
    """A `faces.liveness.verdict.LivenessModel`."""

    def __init__(self, name: str, networks: Sequence[MiniFasNet]) -> None:
        """Raises ValueError without a network."""
        if not networks:
            raise ValueError("passive liveness needs at least one network")
        self.name = name
        self.facts = networks[0].facts
        self.networks = tuple(networks)

    def look(self, image_bgr: Image, box_xyxy: Floats) -> Look:
        """One look at the face in `box_xyxy` (4,). Raises ModelDamaged for foreign networks."""
        view = view_of(image_bgr, box_xyxy)
        reasons = reasons_against(image_bgr, box_xyxy, view)
        if reasons:
            return Look(None, view.weight, reasons)
        logits = [network.logits(image_bgr, box_xyxy) for network in self.networks]
        evidence = mean_logit(logits, [net.weight for net in self.networks]) - THRESHOLD
        # looked for only where it would change the verdict, because it costs as much as a network
        if -MARGIN < evidence < RIM_COST + MARGIN and framed(image_bgr, box_xyxy) >= LEAST_FRAMED:
            return Look(evidence - RIM_COST, view.weight, (FRAMED,))
        return Look(evidence, view.weight)


def mean_logit(logits: Sequence[Floats], weights: Sequence[float]) -> float:
    """The mean of what each network, (3,), says of a live face, by weight."""
    parts = (weight * live_logit(three) for three, weight in zip(logits, weights, strict=True))
    return sum(parts) / sum(weights)
