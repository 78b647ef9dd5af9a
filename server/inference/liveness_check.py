"""The check of liveness that all threads share, and what a name asks of it."""

from __future__ import annotations

import logging
import threading

from lookout.faces.decision.decide import Decision
from lookout.faces.decision.liveness_demand import LivenessDemand, with_liveness
from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.open import (
    how_to_install,
    liveness_is_here,
    open_liveness,
    usual_choice,
)
from lookout.faces.liveness.verdict import LivenessModel, LivenessVerdict, Look, verdict_of

log = logging.getLogger(__name__)


class LivenessCheck:
    """A `faces.liveness.verdict.LivenessModel` that any thread may call. Without a model the demand
    is off, and nobody may look."""

    def __init__(
        self,
        demand: LivenessDemand = LivenessDemand.OFF,
        model: LivenessModel | None = None,
    ) -> None:
        self.demand = LivenessDemand.OFF if model is None else demand
        self._model = model
        self._looking = threading.Lock()

    @property
    def on(self) -> bool:
        return self.demand is not LivenessDemand.OFF

    @property
    def name(self) -> str:
        """The model's name; `off` without one."""
        return self._model.name if self._model is not None and self.on else "off"

    def look(self, image_bgr: Image, box_xyxy: Floats) -> Look:
        """One look at the face in `box_xyxy` (4,). Raises RuntimeError if the check is off."""
        if self._model is None or not self.on:
            raise RuntimeError("the check of liveness is off: ask `on` before looking")
        with self._looking:
            return self._model.look(image_bgr, box_xyxy)

    def verdict(self, image_bgr: Image, box_xyxy: Floats) -> LivenessVerdict | None:
        """The verdict of a single look; None if the check is off."""
        return verdict_of(self.look(image_bgr, box_xyxy), self.name) if self.on else None

    def applied(self, decision: Decision, verdict: LivenessVerdict | None) -> Decision:
        """The decision as the demand has it (`faces.decision.liveness_demand`)."""
        return with_liveness(decision, verdict, self.demand)


def open_check(demand: LivenessDemand, device: str) -> LivenessCheck:
    """The check, or none where its networks are not here and nobody requires it: the log says so.

    Raises ModelMissing if it is required and cannot be made.
    """
    if demand is LivenessDemand.OFF:
        log.info("liveness: off, as --liveness says")
        return LivenessCheck()
    if demand is LivenessDemand.MARK and not liveness_is_here():
        log.info("liveness: off, its networks are not here; run: %s", how_to_install())
        return LivenessCheck()
    model = open_liveness(usual_choice(device))
    log.info("liveness: %s, %s", demand.value, model.name)
    return LivenessCheck(demand, model)
