"""What speaks for a made face: cues, and the verdict that they give together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_PX = 80
"""The width of a face below which nothing is said of it: what cues look at is smaller than a
pixel there."""
ADVISORY = (
    "Advisory only, and no evidence: signs come up in untouched pictures, and good forgeries show "
    "none. That no signs were found does not mean that a face is genuine."
)


class Signs(StrEnum):
    """Signs of a made face. There is no word for a genuine one: nothing here can tell."""

    FOUND = "found"
    WEAK = "weak"
    NONE = "none"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Cue:
    """What one look at one thing gave.

    name:  a stable word for programs: `seam`, `drift`, `tremble`, `metadata`, `claims`, `model`.
    score: in the cue's own unit, larger for stronger signs; None where nothing could be seen.
    words: for people: what was seen, or why nothing was.
    """

    name: str
    signs: Signs
    score: float | None
    words: str


@dataclass(frozen=True, slots=True)
class NotLookedAt:
    """Something that was not looked at, and why."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class DeepfakeVerdict:
    """The cues of one face or of a picture, and the strongest signs among them."""

    signs: Signs
    cues: tuple[Cue, ...]
    not_looked_at: tuple[NotLookedAt, ...] = ()


def verdict_on(cues: Sequence[Cue], not_looked_at: Sequence[NotLookedAt] = ()) -> DeepfakeVerdict:
    """The verdict: the strongest signs of any cue; inconclusive where no cue could see anything."""
    seen = {cue.signs for cue in cues}
    strongest = next(
        (signs for signs in (Signs.FOUND, Signs.WEAK, Signs.NONE) if signs in seen),
        Signs.INCONCLUSIVE,
    )
    return DeepfakeVerdict(strongest, tuple(cues), tuple(not_looked_at))


def graded(score: float, weak: float, found: float) -> Signs:
    """The signs of a score that is larger for stronger ones."""
    if score >= found:
        return Signs.FOUND
    return Signs.WEAK if score >= weak else Signs.NONE
