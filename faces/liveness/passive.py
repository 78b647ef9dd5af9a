"""Passive liveness of a single view: the mean of two networks that see different surroundings."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.floor import reasons_against
from lookout.faces.liveness.minifasnet import MiniFasNet, live_logit
from lookout.faces.liveness.verdict import Look
from lookout.faces.photo.quality import view_of

THRESHOLD = 0.25
"""The mean of the live logits from which a face is rather live. Halfway between the lowest of 373
live faces (1.09) and the highest of 400 prints (-0.57) of five people of NUAA; leaving each of them
out moves it between 0.17 and 0.37 (docs/liveness.md). The usual rule, a share of 0.5 after the
softmax, refuses most live faces of one of the five."""


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
        logits = [live_logit(network.logits(image_bgr, box_xyxy)) for network in self.networks]
        return Look(sum(logits) / len(logits) - THRESHOLD, view.weight)
