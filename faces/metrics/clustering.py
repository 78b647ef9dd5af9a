"""How well faces were sorted into people: pairwise and B³ precision and recall, and the work left.

Pairs: of all pairs that share a cluster, the share of one person (precision), and of all pairs of
one person, the share that share a cluster (recall). They weigh large clusters by the square of
their size; B³ counts every face once. Method of B³: A. Bagga and B. Baldwin, "Entity-based
cross-document coreferencing using the vector space model", 1998.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Two shares, 0 to 1; 1 where there was nothing to be counted."""

    precision: float
    recall: float

    @property
    def f(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Sorting:
    """N faces of so many people, sorted into clusters.

    clicks: actions that name everybody: one for each cluster, which gets the name of most of its
            faces, and one for each face that is in the cluster of somebody else.
    """

    faces: int
    people: int
    clusters: int
    pairs: PrecisionRecall
    b3: PrecisionRecall
    clicks: int

    @property
    def work_saved(self) -> float:
        """The share of actions saved, where naming face by face takes one for each."""
        return 1 - self.clicks / self.faces if self.faces else 0.0


def judge_sorting(cluster: Sequence[int], person: Sequence[str]) -> Sorting:
    """The figures of N faces: the number of each one's cluster, and whose it is.

    Raises ValueError if there are not as many of one as of the other.
    """
    if len(cluster) != len(person):
        raise ValueError(f"{len(cluster)} faces have a cluster, but {len(person)} a person")
    counts = _table(cluster, person)
    in_cluster, of_person = counts.sum(axis=1), counts.sum(axis=0)
    faces = float(counts.sum())
    together = _pairs(counts)
    squared = np.square(counts)
    return Sorting(
        faces=len(cluster),
        people=counts.shape[1],
        clusters=counts.shape[0],
        pairs=PrecisionRecall(
            _share(together, _pairs(in_cluster)), _share(together, _pairs(of_person))
        ),
        b3=PrecisionRecall(
            _share(float((squared.sum(axis=1) / in_cluster).sum()), faces),
            _share(float((squared.sum(axis=0) / of_person).sum()), faces),
        ),
        clicks=counts.shape[0] + int(faces - counts.max(axis=1, initial=0).sum()),
    )


def _table(cluster: Sequence[int], person: Sequence[str]) -> Counts:
    """(C, P) how many faces of each person are in each cluster."""
    clusters, row = np.unique(np.array(cluster, np.intp), return_inverse=True)
    people, column = np.unique(np.array(person, str), return_inverse=True)
    counts = np.zeros((len(clusters), len(people)))
    np.add.at(counts, (row, column), 1)
    return counts


def _pairs(counts: Counts) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
