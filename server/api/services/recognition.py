"""Who the faces of a picture are: the same for every route."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.server.api.dependencies import Dependencies
from lookout.server.api.services.face_analyzer import AnalyzedImage
from lookout.server.api.services.scoring import FaceMatch, match
from lookout.server.gallery.people_index import PeopleSnapshot


def matches_of(
    look: AnalyzedImage, parts: Dependencies, faces: Sequence[int] | None = None
) -> tuple[PeopleSnapshot, list[FaceMatch]]:
    """Who is known by now, and who each of these faces is (all of them, where none are named); the
    metrics count them. Raises StorageError."""
    known, negatives = parts.known.renew(), parts.negatives()
    chosen = range(len(look)) if faces is None else faces
    found = [match(look.encodings[face], known, parts.rule, negatives) for face in chosen]
    for one in found:
        parts.metrics.faces.labels(one.decision.state.value).inc()
    return known, found
