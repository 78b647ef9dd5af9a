"""The decision on each face that was sent, and the similarity to everybody it may be.

Similarity says whether the server names a person, and how near the face is:

    named:      1 - 0.19 · chance / allowed      0.81 to 1
    not named:  0.39 · farther                   0 to 0.39

with `chance`, the share of strangers who would come as near to somebody in this gallery, `allowed`,
the share that the rule admits, and `farther`, the share of strangers who are farther from this
person than the face is. Between 0.39 and 0.81 there is nothing: whatever a client's threshold is
between them (CompreFace's, DeepStack's and CodeProject.AI's have 0.4 to 0.8), it names exactly
those whom the server names.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lookout.faces.decision.decide import Candidate, Decision, Probe, Rule, decide
from lookout.faces.decision.liveness_demand import LivenessDemand, with_liveness
from lookout.faces.decision.negatives import Negatives
from lookout.faces.decision.similarity import MOST_UNNAMED, named_similarity
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.liveness.verdict import LivenessVerdict
from lookout.server.api.services.metrics import Metrics
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.storage.records import Person

Liveness = tuple[LivenessVerdict | None, LivenessDemand]
"""What was seen of a face's liveness, and what a name asks of it."""
NOBODY_LOOKS: Liveness = (None, LivenessDemand.OFF)


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
    encoding: Floats,
    known: PeopleSnapshot,
    rule: Rule,
    negatives: Negatives | None = None,
    liveness: Liveness = NOBODY_LOOKS,
) -> FaceMatch:
    """The decision on the face with this encoding (D,), made as in live pictures: by the same
    gallery, in which people go by their labels, by the faces that were rejected, and by what was
    seen of its liveness and is asked of it."""
    decision = decide([Probe(encoding)], known.by_label, rule, negatives)
    decision = with_liveness(decision, *liveness)
    people = _people_by_label(known)
    found = [
        MatchCandidate(
            people[near.name],
            near.distance,
            _similarity(near, decision, rule),
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
    liveness: Sequence[Liveness] = (),
) -> list[FaceMatch]:
    """The decision on each of the encodings (N, D), in order; `metrics` counts them by state.

    liveness: of each face what was seen and is asked; none where nobody looks.
    """
    seen = liveness or [NOBODY_LOOKS] * len(encodings)
    found = [
        match(encoding, known, rule, negatives, of_face)
        for encoding, of_face in zip(encodings, seen, strict=True)
    ]
    for face in found:
        metrics.faces.labels(face.decision.state.value).inc()
    return found


def similarity_of_two(a: Floats, b: Floats, rule: Rule, encoder: str) -> tuple[float, float]:
    """(distance, similarity) of two encodings (D,): b's owner alone would be the gallery."""
    decision = decide([Probe(a)], Gallery(b[None], ("b",), encoder), rule)
    (near,) = decision.shortlist
    return near.distance, _similarity(near, decision, rule)


@functools.lru_cache(maxsize=2)
def _people_by_label(known: PeopleSnapshot) -> Mapping[str, Person]:
    # kept for the newest, because it is asked for with every face
    return {label: known.people[person] for person, label in known.labels.items()}


def _similarity(near: Candidate, decision: Decision, rule: Rule) -> float:
    if near.name != decision.name:
        return MOST_UNNAMED * (1.0 - near.chance)
    return named_similarity(1.0 - near.score, rule.fpir)
