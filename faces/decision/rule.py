"""When a face gets a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lookout.faces.decision.stranger_model import STRANGERS, StrangerModel, stranger_model

MARGIN_WITH_COHORT = 0.015
"""Of what `min_margin` is for dlib's encodings. SFace and its fusion keep other people farther off:
with 0.05 they named 1.4 and 1.0 % fewer of the people, and as few wrongly (docs/decisions.md)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of the person who comes first. Distances are the encoder's, here dlib's.

    tolerance:     an encoding as near as this votes for its person.
    strangers:     how near strangers come to one another, for this encoder.
    fpir:          at most this share of strangers may come as near as this. Half of the 1 % that
                   is promised, because strangers differ: in one half of LFW's people a chance of
                   1 % was right within a third for dlib-128, and 2 % for reid-0095.
    min_share:     that person has at least this share of their encodings' votes, averaged over
                   probes.
    sure_distance: people of several photographs are not named beyond the limit which these set
                   (`faces.decision.intra_person`), but for no one is that limit smaller than this.
    min_margin:    the next person is farther by this; else the answer is unsure.
    near:          a rejected or ignored face counts within this distance.
    limits:        people with a look-alike, and the distance up to which they may be named.
    original:      the rule of the original system: most votes win, ties go to the smaller mean
                   distance, and nothing else is asked. For comparison: it names strangers.
    """

    tolerance: float = 0.6
    strangers: StrangerModel = STRANGERS["dlib-128"]
    fpir: float = 0.005
    min_share: float = 0.5
    sure_distance: float = 0.45
    min_margin: float = 0.05
    near: float = 0.5
    limits: Mapping[str, float] = field(default_factory=dict)
    original: bool = False

    @classmethod
    def for_encoder(cls, encoder: str, tolerance: float, *, original: bool = False) -> Rule:
        """The default rule in the metric of an encoder."""
        scale, usual = tolerance / 0.6, cls()
        strangers = stranger_model(encoder, tolerance)
        margin = usual.min_margin if strangers.cohort is None else MARGIN_WITH_COHORT
        return cls(
            tolerance=tolerance,
            strangers=strangers,
            sure_distance=usual.sure_distance * scale,
            min_margin=margin * scale,
            near=usual.near * scale,
            original=original,
        )

    @classmethod
    def for_tolerance(cls, tolerance: float) -> Rule:
        """The default rule for an encoder of which nothing but the tolerance is known."""
        return cls.for_encoder("", tolerance)
