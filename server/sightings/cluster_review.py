"""The review of an unknown person: which faces to show, which may not belong, who it may be.

Pure. Twelve pictures alike tell nobody anything, so the faces shown are those that differ most; and
a face far from the middle of the others is said to be so before anybody confirms a name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.decision.decide import Candidate, Probe, State, decide
from lookout.faces.decision.negatives import Negatives
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.storage.records import Cluster

RECENT_S = 3 * 86_400.0
"""After this long a stranger is worth half as much."""
MAX_PROBES = 8


@dataclass(frozen=True, slots=True)
class NameSuggestion:
    """Who it may be, nearest first. clear: the second best is not near."""

    candidates: tuple[Candidate, ...]
    clear: bool


def worth(cluster: Cluster, now_s: float) -> float:
    """How much it is worth to name this one: seen often, lately, and well."""
    age_s = max(0.0, now_s - cluster.last_s)
    quality = 0.5 if cluster.quality is None else cluster.quality
    return cluster.sightings * (0.25 + quality) * math.exp2(-age_s / RECENT_S)


def middle(encodings: Floats) -> int:
    """The row of (N, D), N ≥ 1, that is nearest to all the others."""
    apart = np.linalg.norm(encodings[:, None] - encodings[None], axis=2)
    return int(np.argmin(apart.sum(axis=1)))


def most_different(encodings: Floats, count: int) -> list[int]:
    """Up to `count` rows of (N, D): the middle, then each time the one farthest from those chosen
    (farthest-point sampling; Gonzalez 1985)."""
    if not len(encodings):
        return []
    chosen = [middle(encodings)]
    apart = np.linalg.norm(encodings - encodings[chosen[0]], axis=1)
    while len(chosen) < min(count, len(encodings)):
        apart[chosen] = -1.0
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.linalg.norm(encodings - encodings[chosen[-1]], axis=1))
    return chosen


def suggestion(
    encodings: Sequence[Floats], gallery: Gallery, rule: Rule, negatives: Negatives | None
) -> NameSuggestion | None:
    """Who the faces with these encodings (D,) may be; None where nobody known is near, or where it
    was said of a face like this that it is not that person."""
    probes = tuple(Probe(encoding) for encoding in encodings[:MAX_PROBES])
    if not probes or not len(gallery):
        return None
    decision = decide(probes, gallery, rule, negatives)
    near = [one for one in decision.shortlist if one.distance <= rule.tolerance]
    if not near or decision.ignored or _rejected(decision.reasons):
        return None
    clear = decision.state is State.KNOWN or (
        decision.margin is not None and decision.margin >= rule.min_margin
    )
    return NameSuggestion(tuple(near[:3]), clear or len(near) == 1)


def _rejected(reasons: Sequence[str]) -> bool:
    return any("was said not to be" in reason for reason in reasons)
