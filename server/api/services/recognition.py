"""Decisions on the faces of a picture: the same for every route."""

from __future__ import annotations

from lookout.faces.decision.decide import Rule
from lookout.faces.decision.negatives import Negatives
from lookout.faces.detections import Floats
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.scoring import FaceMatch, match
from lookout.server.gallery.people_index import PeopleSnapshot


def matches_of(
    encodings: Floats,
    known: PeopleSnapshot,
    rule: Rule,
    negatives: Negatives | None,
    metrics: Metrics,
) -> list[FaceMatch]:
    """The decision on each of the encodings (N, D), in order; `metrics` count them by state."""
    found = [match(encoding, known, rule, negatives) for encoding in encodings]
    for face in found:
        metrics.faces.labels(face.decision.state.value).inc()
    return found
