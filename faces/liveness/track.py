"""Passive liveness over a track: the looks at one face, weighted by the quality of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lookout.faces.liveness.verdict import LivenessVerdict, Look, verdict_on
from lookout.faces.photo.judgement import Reason

MAX_LOOKS = 5
"""The verdict comes within so many looks, and costs no more."""
PAUSE_S = 0.3
"""Between two looks: neighbouring frames show the same."""

NOT_LOOKED_YET = Reason("not_looked_yet", "Nobody has looked yet.")


@dataclass(frozen=True, slots=True)
class TrackLiveness:
    """The looks at one face so far. Looks that showed nothing count for nothing, but are made."""

    model: str
    looks: tuple[Look, ...] = ()
    last_s: float = field(default=float("-inf"))

    def wants_look(self, time_s: float) -> bool:
        """True if one more look would tell more. Looks that showed nothing are made again, as long
        as the face stays: there was not enough light, or the face was too far away."""
        seen = sum(look.evidence is not None for look in self.looks)
        return seen < MAX_LOOKS and time_s - self.last_s >= PAUSE_S

    def with_look(self, look: Look, time_s: float) -> TrackLiveness:
        """The looks with one more; of those that showed nothing only the latest is kept."""
        seen = tuple(before for before in self.looks if before.evidence is not None)
        return replace(self, looks=(*seen, look)[-MAX_LOOKS:], last_s=time_s)

    @property
    def verdict(self) -> LivenessVerdict:
        """The verdict that all looks together give: the mean of their evidence by weight."""
        seen = [look for look in self.looks if look.evidence is not None]
        weight = sum(look.weight for look in seen)
        if not weight:
            reasons = self.looks[-1].reasons if self.looks else (NOT_LOOKED_YET,)
            return verdict_on(None, self.model, reasons, 0)
        total = sum(look.weight * (look.evidence or 0.0) for look in seen)
        return verdict_on(total / weight, self.model, looks=len(seen))
