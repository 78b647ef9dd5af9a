"""The decision on each face that was sent, and the similarity to everybody it may be.

Similarity is 1 for the same picture and 0.5 where the server begins to give a name:

    similarity = allowed / (allowed + chance)

with `chance`, the share of strangers who would come as near to somebody in this gallery, and
`allowed`, the share that the rule admits (1 %). 0.9 is nine times rarer than that, 0.99 ninety-nine
times. A person who is not named, because another one is as near or for any other reason, stays
under 0.5: so a client that takes 0.5 for a match names exactly those whom the server names.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from lookout.faces.decision.decide import Decision, Probe, Rule, State, decide
from lookout.faces.decision.negatives import Negatives
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.api.services.metrics import Metrics
from lookout.server.gallery.people_index import PeopleSnapshot
from lookout.server.storage.records import Person

THRESHOLD = 0.5
_JUST_UNDER = 0.49


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """Somebody it may be, best first. distance: to the nearer half of the person's samples."""

    person: Person
    distance: float
    similarity: float


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """The decision on one face. person: the one who is named, None unless known."""

    decision: Decision
    person: Person | None
    candidates: tuple[MatchCandidate, ...]


def match(
    encoding: Floats, known: PeopleSnapshot, rule: Rule, negatives: Negatives | None = None
) -> FaceMatch:
    """The decision on the face with this encoding (D,), made as in live pictures: by the same
    gallery, in which people go by their labels, and by the faces that were rejected."""
    decision = decide([Probe(encoding)], known.by_label, rule, negatives)
    people = _people_by_label(known)
    found = [
        MatchCandidate(
            people[near.name],
            near.distance,
            _similarity(1.0 - near.score, rule, named=near.name == decision.name),
        )
        for near in decision.shortlist
    ]
    found.sort(key=lambda candidate: -candidate.similarity)
    person = people[decision.name] if decision.name is not None else None
    return FaceMatch(decision, person, tuple(found))


def matches_of(
    encodings: Floats,
    known: PeopleSnapshot,
    rule: Rule,
    negatives: Negatives | None,
    metrics: Metrics,
) -> list[FaceMatch]:
    """The decision on each of the encodings (N, D), in order; `metrics` counts them by state."""
    found = [match(encoding, known, rule, negatives) for encoding in encodings]
    for face in found:
        metrics.faces.labels(face.decision.state.value).inc()
    return found


def similarity_of_two(a: Floats, b: Floats, rule: Rule, encoder: str) -> tuple[float, float]:
    """(distance, similarity) of two encodings (D,): b's owner alone would be the gallery."""
    decision = decide([Probe(a)], Gallery(b[None], ("b",), encoder), rule)
    if decision.chance is None or decision.distance is None:
        return float("inf"), 0.0
    named = decision.state is State.KNOWN
    return decision.distance, _similarity(decision.chance, rule, named)


@functools.lru_cache(maxsize=2)
def _people_by_label(known: PeopleSnapshot) -> Mapping[str, Person]:
    # kept for the newest, because it is asked for with every face
    return {label: known.people[person] for person, label in known.labels.items()}


def _similarity(chance: float, rule: Rule, named: bool) -> float:
    value = rule.fpir / (rule.fpir + max(chance, 0.0))
    return max(value, THRESHOLD) if named else min(value, _JUST_UNDER)
