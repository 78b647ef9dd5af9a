"""How near people are to themselves: what their own photographs say."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from lookout.faces.decision.stranger_model import GALLERIES_KEPT, Numbers
from lookout.faces.gallery.first_pass import Rows
from lookout.faces.gallery.gallery import Gallery

ENOUGH_SAMPLES = 3
"""With fewer photographs nobody can say how a person's own photographs differ."""
SPREAD_FACTOR = 3.0
"""A squared distance this many times the mean of a person's own is no longer theirs.

Photographs of one day lie closer together than those of another: in the test clip people were up to
2.6 times as far (squared) from their photographs of another scene as these from one another, and a
stranger who looks like one of them 3.4 times.
"""
LARGEST_COMPARED = 200
"""Of a person with more photographs only so many, evenly picked, are compared."""


def left_out(gallery: Gallery) -> Numbers:
    """(M,) for each encoding its distance to the nearer half of its person's other encodings, as
    if it were a probe; NaN where there are no others, and where a person has too many."""
    result = np.full(len(gallery), np.nan)
    for person in np.flatnonzero(gallery.sizes > 1):
        rows, distances = _own_distances(gallery, int(person))
        result[rows] = distances
    return result


@lru_cache(maxsize=GALLERIES_KEPT)
def own_limits(gallery: Gallery) -> Numbers:
    """(P,) the distance beyond which a face is not that person, as the person's own photographs
    say; infinite for people with fewer than ENOUGH_SAMPLES."""
    return np.array([own_limit(gallery, person) for person in range(len(gallery.people))])


def own_limit(gallery: Gallery, person: int) -> float:
    """The same for one person, by the index in `people`."""
    if gallery.sizes[person] < ENOUGH_SAMPLES:
        return math.inf
    _, distances = _own_distances(gallery, person)
    return math.sqrt(SPREAD_FACTOR * float(np.square(distances).mean()))


def _own_distances(gallery: Gallery, person: int) -> tuple[Rows, Numbers]:
    """The person's rows that are compared, and what `left_out` says of them."""
    rows = gallery.rows_of(np.array([person]))
    if len(rows) > LARGEST_COMPARED:
        rows = rows[np.linspace(0, len(rows) - 1, LARGEST_COMPARED).round().astype(np.intp)]
    own = gallery.encodings[rows].astype(np.float64)
    lengths = np.square(own).sum(axis=1)
    squared = np.clip(lengths[:, None] + lengths - 2 * own @ own.T, 0, None)
    np.fill_diagonal(squared, np.inf)
    half = len(rows) // 2
    nearer = np.partition(squared, half - 1, axis=1)[:, :half] if half else squared[:, :1]
    return rows, np.sqrt(nearer).mean(axis=1)
