"""The verdict on a face's liveness, and the protocol of whatever gives one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lookout.faces.detections import Floats, Image
from lookout.faces.photo.judgement import Reason

MARGIN = 0.25
"""Evidence nearer to 0 than this decides nothing."""
STEEPNESS = 1.5
"""From evidence to a score: with three classes whose logits add up to 0, a logit of x stands 1.5 x
above the mean of the two others."""


class LivenessState(StrEnum):
    """A person before the camera, a picture of one, or a face of which neither can be said."""

    LIVE = "live"
    SPOOF = "spoof"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Look:
    """What one view of a face shows of its liveness.

    evidence: above 0 speaks for a live face, below 0 for a spoof; None if the view shows nothing.
    weight:   how much it counts among the looks of a track, above 0.
    reasons:  why it shows nothing, or what else speaks against a live face.
    """

    evidence: float | None
    weight: float = 1.0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class LivenessVerdict:
    """The verdict on a face.

    score:   0 (a spoof) to 1 (a live face); None if nothing could be seen.
    model:   what judged.
    reasons: why the face is not called live; empty for a live one.
    looks:   the number of views that the verdict rests on.
    proved:  the person did what they were asked to do (`faces.liveness.challenge`).
    """

    state: LivenessState
    score: float | None
    model: str
    reasons: tuple[Reason, ...] = ()
    looks: int = 1
    proved: bool = False


class LivenessModel(Protocol):
    """Looks at faces. Implementations are safe to call from one thread at a time."""

    @property
    def name(self) -> str:
        """A short stable name of what looks."""

    def look(self, image_bgr: Image, box_xyxy: Floats) -> Look:
        """One look at the face in `box_xyxy` (4,), pixels of `image_bgr`."""


LOOKS_FLAT = Reason(
    "looks_flat", "The face looks like a picture: a print or a screen, not a person."
)
SPOOF = Reason(
    "spoof",
    "This looks like a photograph of a print or a screen, not of a person: take one of the person "
    "before the camera, or keep it anyway.",
)
"""Against enrolling with such a photograph."""
FRAMED = Reason("framed", "A rectangle surrounds the face, as the rim of a sheet or a screen does.")
STEADY = Reason(
    "steady", "The face does not move at all, as a picture on a stand or a fixed screen does."
)
CARRIED = Reason(
    "carried", "What surrounds the face moves with it, as a sheet or a telephone that is held does."
)
ASKED = Reason("asked", "The person has not yet done what they were asked to do.")
UNPROVED = Reason(
    "unproved",
    "This needs proof that the person is here: let them do what the page asks, and take the "
    "photograph again within a minute, or keep it anyway.",
)
"""Against enrolling without a challenge where one is demanded."""
UNDECIDED = Reason("undecided", "The face may be live or a picture: a few more views would tell.")


def verdict_on(
    evidence: float | None, model: str, reasons: tuple[Reason, ...] = (), looks: int = 1
) -> LivenessVerdict:
    """The verdict that this evidence gives. `reasons`: why there is none, or what else speaks
    against a live face."""
    if evidence is None:
        return LivenessVerdict(LivenessState.INCONCLUSIVE, None, model, reasons, looks)
    score = 1 / (1 + math.exp(-STEEPNESS * min(max(evidence, -20.0), 20.0)))
    if evidence >= MARGIN:
        return LivenessVerdict(LivenessState.LIVE, score, model, (), looks)
    if evidence <= -MARGIN:
        return LivenessVerdict(LivenessState.SPOOF, score, model, (LOOKS_FLAT, *reasons), looks)
    return LivenessVerdict(LivenessState.INCONCLUSIVE, score, model, (UNDECIDED, *reasons), looks)


def verdict_of(look: Look, model: str) -> LivenessVerdict:
    """The verdict that one look alone gives."""
    return verdict_on(look.evidence, model, look.reasons)
