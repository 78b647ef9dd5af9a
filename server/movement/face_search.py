"""Where and when a face was seen: by a photograph, over all cameras and all that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.movement.face_index import FaceCandidates, FaceIndex
from lookout.server.storage.records import SightingFilter
from lookout.server.storage.store import Store

SLACK = 0.02
"""Distances by the index are off by less than this; what is told is measured exactly."""
PART = 500
"""Candidates that are looked at together."""


class Order(StrEnum):
    """The nearest first, or the latest."""

    NEAREST = "nearest"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A sighting of a face like the one that was searched for, and its distance."""

    sighting: str
    distance: float


@dataclass(frozen=True, slots=True)
class FaceSearch:
    """What was found, and among how many sightings for which the filter holds."""

    found: tuple[FoundFace, ...]
    searched: int


def search_face(
    index: FaceIndex,
    store: Store,
    encoding: Floats,
    distance: float,
    *,
    which: SightingFilter,
    order: Order = Order.NEAREST,
    limit: int = 20,
) -> FaceSearch:
    """Up to `limit` sightings whose face is at most this far from the encoding (D,), in order.
    Raises StorageError."""
    faces = store.faces
    among = None if which == SightingFilter() else faces.numbers(which)
    candidates = index.candidates(encoding, distance + SLACK, among)
    wanted: list[tuple[int, float]] = []
    for part in _parts(candidates, order):
        exact = {
            number: float(np.linalg.norm(found - encoding))
            for number, found in faces.encodings(part).items()
        }
        near = [number for number in part if exact.get(number, np.inf) <= distance]
        wanted += [(number, exact[number]) for number in near]
        if len(wanted) >= limit:
            break
    if order is Order.NEAREST:
        wanted.sort(key=lambda face: face[1])
    ids = faces.ids([number for number, _ in wanted[:limit]])
    found = tuple(
        FoundFace(ids[number], apart) for number, apart in wanted[:limit] if number in ids
    )
    return FaceSearch(found, candidates.searched)


def _parts(candidates: FaceCandidates, order: Order) -> Iterator[Sequence[int]]:
    by = candidates.distances if order is Order.NEAREST else -candidates.numbers
    numbers = candidates.numbers[np.argsort(by, kind="stable")].tolist()
    for at in range(0, len(numbers), PART):
        yield numbers[at : at + PART]
