"""The decisions about the faces of one camera, renewed only when there is new evidence.

A decision over a gallery of 1,000 encodings takes 10 ms, of 10,000 twice that; a face in view has
new evidence once in two seconds, and a frame comes ten or thirty times in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookout.faces.decision.decide import Decision, Probe, Rule, decide
from lookout.faces.decision.negatives import Negatives
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.tracking.tracker import Track


@dataclass(frozen=True, slots=True, eq=False)
class _CachedDecision:
    probes: tuple[Probe, ...]
    gallery: Gallery
    negatives: Negatives | None
    decision: Decision

    def rests_on(
        self, probes: tuple[Probe, ...], gallery: Gallery, negatives: Negatives | None
    ) -> bool:
        """True if it was made from these very objects; none of them ever changes."""
        same = self.probes is probes and self.gallery is gallery
        return same and self.negatives is negatives


class DecisionCache:
    """Holds the decisions about the tracks of the last frame, and no others."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._last: dict[int, _CachedDecision] = {}

    def decide(
        self, tracks: Sequence[Track], gallery: Gallery, negatives: Negatives | None = None
    ) -> list[Decision]:
        """One decision for each track, in order."""
        self._last = {track.id: self._about(track, gallery, negatives) for track in tracks}
        return [self._last[track.id].decision for track in tracks]

    def _about(
        self, track: Track, gallery: Gallery, negatives: Negatives | None
    ) -> _CachedDecision:
        before = self._last.get(track.id)
        if before and before.rests_on(track.probes, gallery, negatives):
            return before
        decision = decide(track.probes, gallery, self._rule, negatives)
        return _CachedDecision(track.probes, gallery, negatives, decision)
