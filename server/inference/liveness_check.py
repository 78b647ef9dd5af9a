"""The check of liveness that all threads share, and what a name asks of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.open import (
    how_to_install,
    liveness_is_here,
    open_liveness,
    usual_choice,
)
from lookout.faces.liveness.verdict import LivenessModel, LivenessVerdict, Look, verdict_of

log = logging.getLogger(__name__)


AskCamera = Callable[[str], str | None]
"""What the camera of this name demands; None where it has no wish of its own."""


class LivenessCheck:
    """A `faces.liveness.verdict.LivenessModel` that any thread may call. Without a model the demand
    is off, and nobody may look."""

    def __init__(
        self,
        demand: LivenessDemand = LivenessDemand.OFF,
        model: LivenessModel | None = None,
        of_camera: AskCamera = lambda _: None,
        count: Callable[[str], object] = lambda _: None,
    ) -> None:
        """demand: the server's, of cameras without their own and of pictures over HTTP. count: is
        told the model's name at each look."""
        self._count = count
        self.demand = LivenessDemand.OFF if model is None else demand
        self._model = model
        self._of_camera = of_camera
        self._looking = threading.Lock()

    def demand_at(self, camera: str) -> LivenessDemand:
        """What a name asks at the camera of this name. Without a model nothing is marked, but what
        the camera requires stays required: its faces then get no names."""
        wish = self._of_camera(camera)
        if wish is None:
            return self.demand
        demand = LivenessDemand(wish)
        return demand if self.looks or demand.withholds else LivenessDemand.OFF

    @property
    def looks(self) -> bool:
        """Whether there is a model that can look."""
        return self._model is not None

    @property
    def on(self) -> bool:
        return self.demand is not LivenessDemand.OFF

    @property
    def name(self) -> str:
        """The model's name; `off` without one."""
        return "off" if self._model is None else self._model.name

    def look(self, image_bgr: Image, box_xyxy: Floats) -> Look:
        """One look at the face in `box_xyxy` (4,). Raises RuntimeError without a model."""
        if self._model is None:
            raise RuntimeError("the check of liveness is off: ask `looks` before looking")
        self._count(self._model.name)
        with self._looking:
            return self._model.look(image_bgr, box_xyxy)

    def verdict(self, image_bgr: Image, box_xyxy: Floats) -> LivenessVerdict | None:
        """The verdict of a single look; None if the check is off."""
        return verdict_of(self.look(image_bgr, box_xyxy), self.name) if self.on else None


def open_check(
    demand: LivenessDemand,
    device: str,
    of_camera: AskCamera = lambda _: None,
    count: Callable[[str], object] = lambda _: None,
) -> LivenessCheck:
    """The check, or none where its networks are not here and nobody requires it: the log says so.
    With `off` they are opened, too, for cameras that demand more than the server.

    Raises ModelMissing if it is required and cannot be made, ModelDamaged if a hash is wrong.
    """
    if not demand.withholds and not liveness_is_here():
        log.info("liveness: off, its networks are not here; run: %s", how_to_install())
        return LivenessCheck(of_camera=of_camera)
    model = open_liveness(usual_choice(device))
    log.info("liveness: %s, %s", demand.value, model.name)
    return LivenessCheck(demand, model, of_camera, count)
