"""The recognition context: networks, rule and people, as one value that travels as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from lookout.faces.decision.decide import Decision, Probe, decide
from lookout.faces.decision.negatives import Negatives
from lookout.faces.decision.rule import Rule
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.models.manager import ModelManager
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.runtime.session import RuntimeFacts
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.inference.proofs import Proofs


@dataclass(frozen=True, slots=True, eq=False)
class RecognitionContext:
    """Everything that it takes to find faces and to name them.

    gallery:   the people who are known now.
    negatives: the faces that were rejected or are to be ignored, as of now.
    landmarks: dlib's 68-point predictor; raises ModelMissing if it is not here.
    liveness:  whether faces are live, and what a name asks of it.
    proofs:    the faces that have passed a challenge lately.
    models:    the networks that are loaded, and those that are opened when somebody wants them.
    """

    detector: Detector
    encoder: Encoder
    rule: Rule
    gallery: Callable[[], Gallery]
    negatives: Callable[[], Negatives | None] = lambda: None
    landmarks: Callable[[], Landmarker] = field(default_factory=LandmarkModel)
    liveness: LivenessCheck = field(default_factory=LivenessCheck)
    proofs: Proofs = field(default_factory=Proofs)
    models: ModelManager = field(default_factory=ModelManager)

    @property
    def engine_names(self) -> dict[str, str]:
        """The names of detector and encoder, and the hardware that they run on where known."""
        return {"detector": described(self.detector), "encoder": described(self.encoder)}

    def decide(self, probes: Sequence[Probe]) -> Decision:
        """Names the face that these probes show."""
        return decide(probes, self.gallery(), self.rule, self.negatives())

    def frozen(self) -> RecognitionContext:
        """The same context with the people of this moment, whatever changes later."""
        gallery, negatives = self.gallery(), self.negatives()
        return replace(self, gallery=lambda: gallery, negatives=lambda: negatives)


def described(engine: Detector | Encoder) -> str:
    """The name of the engine and, where it runs on a runtime, what it really computes on."""
    facts = getattr(engine, "facts", None)
    return f"{engine.name}, on {facts}" if isinstance(facts, RuntimeFacts) else engine.name
