"""Agglomeration: the two nearest groups become one, as long as they are near enough.

The distance of two groups is the mean over all pairs of their faces (average link), so that one
face that looks like two people does not chain them. Method: agglomerative clustering with the
update of G. N. Lance and W. T. Williams (The Computer Journal 9, 1967); each row remembers its
nearest, after F. Murtagh (The Computer Journal 26, 1983).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

Groups = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float64]


def agglomerate(
    scores: Floats, weights: Weights, limit: float, together: Iterable[tuple[int, int]] = ()
) -> Groups:
    """(N,) the group of each of N faces: the number of the first face in it.

    scores:   (N, N) symmetric, of each pair; infinite for two that may never be in one group. It is
              worked in, and of no use afterwards.
    weights:  (N,) how much each face counts, above 0.
    limit:    groups with a mean of at most this become one.
    together: pairs that are in one group, whatever their score.
    """
    work = _Agglomeration(scores, weights)
    for a, b in together:
        work.join(a, b)
    work.join_near(limit)
    return work.group


class _Agglomeration:
    def __init__(self, scores: Floats, weights: Weights) -> None:
        self.group: Groups = np.arange(len(weights))
        self._weights = weights.astype(np.float64)
        self._scores = scores
        np.fill_diagonal(self._scores, np.inf)

    def join(self, a: int, b: int) -> None:
        """Makes one group of the groups of two faces."""
        one, other = sorted((int(self.group[a]), int(self.group[b])))
        if one != other:
            self._join(one, other)

    def join_near(self, limit: float) -> None:
        if not len(self.group):
            return
        rows = np.arange(len(self.group))
        nearest = self._scores.argmin(axis=1)
        distance = self._scores[rows, nearest]
        while distance.min() <= limit:
            a = int(distance.argmin())
            one, other = sorted((a, int(nearest[a])))
            self._join(one, other)
            for row in np.flatnonzero((nearest == one) | (nearest == other)).tolist():
                nearest[row] = self._scores[row].argmin()
                distance[row] = self._scores[row, nearest[row]]
            # a mean may have come nearer than what another row remembers
            nearer = self._scores[one] < distance
            nearest[nearer], distance[nearer] = one, self._scores[one, nearer]

    def _join(self, one: int, other: int) -> None:
        weight, more = self._weights[one], self._weights[other]
        row = (weight * self._scores[one] + more * self._scores[other]) / (weight + more)
        row[one] = np.inf
        self._scores[one], self._scores[:, one] = row, row
        self._scores[other], self._scores[:, other] = np.inf, np.inf
        self._weights[one] += more
        self.group[self.group == other] = one
