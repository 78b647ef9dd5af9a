"""Faces of nobody who is enrolled: how crowded it is around a face, among faces of one fault.

Each condition (a clear photograph, one in the dark, one out of focus) has its own faces: centres of
groups of people, nobody's own encoding. A face belongs to the condition among whose faces it lies;
two faces of one fault are near one another for that alone, which this tells from likeness.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

Numbers = npt.NDArray[np.float64]

CONDITIONS = ("clear", "dark", "blurred", "dark and blurred")
"""Of a cohort, in its order."""
NEAREST = 10
"""The nearest so many faces of a condition say how crowded it is."""
PAIR_SHARE = 0.6
"""How much of the crowding around both faces is taken off their squared distance."""
MOST_LONELY = 0.05, 0.15
"""What two clear faces, and other pairs, may gain where it is lonelier than usual, as a share of
`usual`. A cohort of grown people is far from every child: a brother and a sister gained 0.29, and
were taken for one another."""
CLEAR_LEAD = 0.04
"""A face counts as clear unless it lies nearer to faces with a fault by this share of `usual`."""
_ROWS = 4096
_FILE = "cohort.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where N faces lie among the conditions of a cohort.

    crowding:  (N, C) the mean squared distance to the nearest faces of each condition, less what
               is usual for a clear photograph: below 0 where it is crowded.
    condition: (N,) to which condition each belongs, 0 to C − 1.
    """

    crowding: Numbers
    condition: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """conditions: for each its faces, (K, D), at least NEAREST of them; the first is the clear one.
    usual: the mean squared distance of a clear face to its nearest of the first condition.
    pairs: (C, C, 2) mean and spread of the lower tail of what `apart` says of two different people,
           the probe's condition first; None before they were measured.
    """

    conditions: tuple[Numbers, ...]
    usual: float
    pairs: Numbers | None = None

    def place(self, encodings: Floats) -> Place:
        """Of (N, D) encodings."""
        crowding = np.empty((len(encodings), len(self.conditions)))
        for start in range(0, len(encodings), _ROWS):
            part = encodings[start : start + _ROWS].astype(np.float64)
            for index, faces in enumerate(self.conditions):
                crowding[start : start + _ROWS, index] = _around(part, faces)
        crowding -= self.usual
        lead = np.full(len(self.conditions), CLEAR_LEAD * self.usual)
        lead[0] = 0.0
        return Place(crowding, (crowding + lead).argmin(axis=1))

    def scores(self, squared: Numbers, probes: Place, enrolled: Place) -> Numbers:
        """(N, M) squared distances of probes to enrolled faces as they would be between two clear
        faces where it is no more crowded than usual."""
        clear = (probes.condition[:, None] == 0) & (enrolled.condition == 0)
        most = np.where(clear, *MOST_LONELY) * self.usual
        apart = squared - PAIR_SHARE * np.minimum(crowding_of_pairs(probes, enrolled), most)
        if self.pairs is None:
            return apart
        of_pair = self.pairs[probes.condition[:, None], enrolled.condition]
        mean, spread = self.pairs[0, 0]
        return np.asarray(mean + spread * (apart - of_pair[..., 0]) / of_pair[..., 1])

    def farthest(self, score: float) -> float:
        """The largest squared distance that may have at most this score, whatever the faces."""
        most = PAIR_SHARE * max(MOST_LONELY) * self.usual
        if self.pairs is None:
            return score + most
        mean, spread = self.pairs[0, 0]
        apart = self.pairs[..., 0] + self.pairs[..., 1] * (score - mean) / spread
        return float(apart.max()) + most

    def conditions_of(self, encodings: Floats) -> tuple[str, ...]:
        """In a word for each of (N, D): to which condition it belongs."""
        return tuple(CONDITIONS[index] for index in self.place(encodings).condition)


def crowding_of_pairs(probes: Place, enrolled: Place) -> Numbers:
    """(N, M) how much nearer or farther than usual two different people are, for each pair: the
    crowding around the one among faces of the other's condition, both ways."""
    around_probe = probes.crowding[:, enrolled.condition]
    around_enrolled = enrolled.crowding[:, probes.condition].T
    return np.asarray(around_probe + around_enrolled)


@lru_cache(maxsize=8)
def shipped_cohort(encoder: str) -> Cohort | None:
    """The cohort that ships for the encoder called `encoder`; None where there is none.

    `python -m benchmarks.cohort` makes it; docs/decisions.md says of whom.
    """
    content = files("lookout.faces.decision").joinpath(_FILE)
    with content.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        names = sorted(name for name in stored.files if name.startswith(f"{encoder}/"))
        if not names:
            return None
        conditions = tuple(stored[name].astype(np.float64) for name in names)
        usual, pairs = float(stored[f"usual/{encoder}"]), stored[f"pairs/{encoder}"]
        return Cohort(conditions, usual, pairs.astype(np.float64))


def _around(encodings: Numbers, faces: Numbers) -> Numbers:
    squared = np.square(encodings).sum(axis=1)[:, None] + np.square(faces).sum(axis=1)
    squared -= 2 * encodings @ faces.T
    nearest = np.partition(squared, NEAREST - 1, axis=1)[:, :NEAREST]
    return np.asarray(np.clip(nearest, 0, None).mean(axis=1))
