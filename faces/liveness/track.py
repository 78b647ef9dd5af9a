"""Passive liveness over a track: the looks at one face, weighted by the quality of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.carried import Surroundings, surroundings
from lookout.faces.liveness.stillness import LandmarkPlace, watched
from lookout.faces.liveness.verdict import (
    CARRIED,
    STEADY,
    LivenessModel,
    LivenessState,
    LivenessVerdict,
    Look,
    verdict_on,
)
from lookout.faces.photo.judgement import Reason

MAX_LOOKS = 5
"""The verdict comes within so many looks, and rests on the latest of them."""
PAUSE_S = 0.3
"""Between two looks: neighbouring frames show the same."""
REFRESH_S = 2.0
"""The longest time between two looks: a picture may take the place of a person."""
DOUBTED = 2
"""So many of the oldest looks count no more once the face may be another than before."""

NOT_LOOKED_YET = Reason("not_looked_yet", "Nobody has looked yet.")


@dataclass(frozen=True, slots=True, eq=False)
class TrackLiveness:
    """The looks at one face so far. Looks that showed nothing count for nothing, but are made."""

    model: str
    looks: tuple[Look, ...] = ()
    last_s: float = field(default=float("-inf"))
    place: LandmarkPlace | None = None
    around: Surroundings | None = None

    def wants_look(self, time_s: float) -> bool:
        """True if one more look would tell more. Looks that showed nothing are made again, as long
        as the face stays: there was not enough light, or the face was too far away."""
        pause_s = PAUSE_S if len(self._seen) < MAX_LOOKS else REFRESH_S
        return time_s - self.last_s >= pause_s

    def doubted(self) -> TrackLiveness:
        """The looks that still count once the face may be another, or a picture of itself."""
        around = None if self.around is None else self.around.without_oldest(DOUBTED)
        return replace(self, looks=self.looks[DOUBTED:], place=None, around=around)

    def after(
        self, model: LivenessModel, image_bgr: Image, box_xyxy: Floats, time_s: float
    ) -> TrackLiveness:
        """The looks with one more, at the face in `box_xyxy` (4,), pixels."""
        looked = self.with_look(model.look(image_bgr, box_xyxy), time_s)
        return looked.moved(image_bgr, box_xyxy, time_s)

    def moved(self, image_bgr: Image, box_xyxy: Floats, time_s: float) -> TrackLiveness:
        """The looks with one more view of how the face moves."""
        return replace(
            self,
            place=watched(self.place, image_bgr, box_xyxy, time_s),
            around=surroundings(self.around, image_bgr, box_xyxy),
        )

    def with_look(self, look: Look, time_s: float) -> TrackLiveness:
        """The looks with one more; of those that showed nothing only the latest is kept."""
        return replace(self, looks=(*self._seen, look)[-MAX_LOOKS:], last_s=time_s)

    @property
    def verdict(self) -> LivenessVerdict:
        """The verdict that all looks together give: the mean of their evidence by weight. A face
        that does not move at all, or that carries its surroundings along, is not live, whatever the
        looks say."""
        seen = self._seen
        weight = sum(look.weight for look in seen)
        if not weight:
            reasons = self.looks[-1].reasons if self.looks else (NOT_LOOKED_YET,)
            return verdict_on(None, self.model, reasons, 0)
        evidence = sum(look.weight * (look.evidence or 0.0) for look in seen) / weight
        signs = tuple(dict.fromkeys(reason for look in seen for reason in look.reasons))
        verdict = verdict_on(evidence, self.model, signs, len(seen))
        told = self._told
        if not told or verdict.state is LivenessState.SPOOF:
            return verdict
        return replace(verdict, state=LivenessState.SPOOF, score=0.0, reasons=told)

    @property
    def is_still(self) -> bool:
        """Whether the face has not moved at all."""
        return self.place is not None and self.place.is_still

    @property
    def is_carried(self) -> bool:
        """Whether what surrounds the face moves with it."""
        return self.around is not None and self.around.is_carried

    @property
    def _told(self) -> tuple[Reason, ...]:
        """What the way in which the face moves says against it."""
        return (*((STEADY,) if self.is_still else ()), *((CARRIED,) if self.is_carried else ()))

    @property
    def _seen(self) -> tuple[Look, ...]:
        return tuple(look for look in self.looks if look.evidence is not None)
