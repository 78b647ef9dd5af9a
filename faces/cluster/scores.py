"""How near two unsorted faces are, as the rule of strangers counts it, and how near is near enough.

A score is a squared distance as it would be between two clear faces where it is no more crowded
than usual (`faces.decision.cohort`); for an encoder without a cohort it is the squared distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.decision.cohort import Numbers, Place
from lookout.faces.decision.stranger_model import StrangerModel
from lookout.faces.detections import Floats

Rows = npt.NDArray[np.intp]

_ROWS = 512
"""So many faces at a time, because a score takes a dozen numbers while it is computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """N encodings (N, D), and where they lie in the cohort, if there is one."""

    encodings: Floats
    place: Place | None

    @classmethod
    def of(cls, encodings: Floats, strangers: StrangerModel) -> Placed:
        cohort = strangers.cohort
        return cls(encodings, None if cohort is None else cohort.place(encodings))

    def __len__(self) -> int:
        return len(self.encodings)

    def take(self, rows: slice | Rows) -> Placed:
        place = None if self.place is None else self.place.take(rows)
        return Placed(self.encodings[rows], place)

    def followed_by(self, others: Placed) -> Placed:
        place = self.place
        if place is not None and others.place is not None:
            place = place.followed_by(others.place)
        return Placed(np.concatenate([self.encodings, others.encodings]), place)


def scores_between(one: Placed, other: Placed, strangers: StrangerModel) -> Floats:
    """(N, M) float32, the same whichever of two faces comes first."""
    scores = np.empty((len(one), len(other)), np.float32)
    for start in range(0, len(one), _ROWS):
        rows = slice(start, start + _ROWS)
        scores[rows] = _scores(one.take(rows), other, strangers)
    return scores


def near_pairs(
    one: Placed, other: Placed, strangers: StrangerModel, limit: float
) -> Iterator[Rows]:
    """For each of `one` the rows of `other` with a score of at most `limit`. Most faces are too far
    from one another by their distance alone, which is a hundred times quicker to compute."""
    if not len(other):
        yield from [np.zeros(0, np.intp)] * len(one)
        return
    for start in range(0, len(one), _ROWS):
        part = one.take(slice(start, start + _ROWS))
        squared, farthest = _squared(part, other), _farthest(part, other, strangers, limit)
        for row in range(len(squared)):
            found = np.flatnonzero(squared[row] <= farthest[row])
            face = one.take(slice(start + row, start + row + 1))
            yield found[scores_between(face, other.take(found), strangers)[0] <= limit]


def _farthest(one: Placed, other: Placed, strangers: StrangerModel, limit: float) -> Numbers:
    """(N,) the squared distance beyond which none of `other` has at most that score."""
    cohort = strangers.cohort
    if cohort is None or one.place is None or other.place is None:
        return np.full(len(one), limit)
    along = other.place.along
    return cohort.farthest(limit, one.place, along.min(axis=0), along.max(axis=0))


def _squared(one: Placed, other: Placed) -> Numbers:
    a, b = one.encodings.astype(np.float64), other.encodings.astype(np.float64)
    squared = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.maximum(squared, 0))


def _scores(one: Placed, other: Placed, strangers: StrangerModel) -> Numbers:
    squared = _squared(one, other)
    cohort = strangers.cohort
    if cohort is None or one.place is None or other.place is None:
        return squared
    forth = cohort.scores(squared, one.place, other.place)
    back = cohort.scores(squared.T, other.place, one.place).T
    return np.asarray((forth + back) / 2)


def score_limit(strangers: StrangerModel, chance: float, faces: int) -> float:
    """The score up to which two groups are one person: at most this share of faces (0 to 1) would
    come so near to one of so many other people. Faces stand for people, of whom there are no more;
    their number is rounded up to a power of two, so that one more face changes nothing else."""
    people = 1 << max(faces - 1, 0).bit_length()
    return strangers.score_at(chance, people)
