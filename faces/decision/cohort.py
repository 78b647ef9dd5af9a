"""Faces of nobody who is enrolled: how crowded it is around a face, among faces of one fault.

Each condition (a clear photograph, one in the dark, one out of focus) has its own faces: centres of
groups of people, nobody's own encoding. A face belongs to the condition among whose faces it lies;
two faces of one fault are near one another for that alone, which this tells from likeness. What a
fault adds to every face is taken off before two faces are compared: the mean of its condition, less
that of the clear one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
    along:     (N, C) how far each lies in the direction of what a condition adds (dot product).
    """

    crowding: Numbers
    condition: npt.NDArray[np.intp]
    along: Numbers

    def take(self, rows: slice | npt.NDArray[np.intp]) -> Place:
        return Place(self.crowding[rows], self.condition[rows], self.along[rows])

    def followed_by(self, others: Place) -> Place:
        return Place(
            np.concatenate([self.crowding, others.crowding]),
            np.concatenate([self.condition, others.condition]),
            np.concatenate([self.along, others.along]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """conditions: for each its faces, (K, D), at least NEAREST of them; the first is the clear one.
    usual: the mean squared distance of a clear face to its nearest of the first condition.
    pairs: (C, C, 2) mean and spread of the lower tail of what `apart` says of two different people,
           the probe's condition first; None before they were measured.
    adds:  (C, D) what each condition adds to a face: nothing for the first.
    """

    conditions: tuple[Numbers, ...]
    usual: float
    pairs: Numbers | None = None
    adds: Numbers = field(init=False)

    def __post_init__(self) -> None:
        means = np.stack([faces.mean(axis=0) for faces in self.conditions])
        object.__setattr__(self, "adds", means - means[0])

    def place(self, encodings: Floats) -> Place:
        """Of (N, D) encodings."""
        count = len(self.conditions)
        crowding = np.empty((len(encodings), count))
        condition = np.empty(len(encodings), np.intp)
        for start in range(0, len(encodings), _ROWS):
            rows = slice(start, start + _ROWS)
            part = encodings[rows].astype(np.float64)
            condition[rows] = self._condition_of(part)
            part -= self.adds[condition[rows]]
            for index, faces in enumerate(self.conditions):
                crowding[rows, index] = _around(part, faces - self.adds[index])
        return Place(crowding - self.usual, condition, self.along(encodings))

    def along(self, encodings: Floats) -> Numbers:
        """(N, C): `Place.along` of (N, D) encodings, to what float32 can hold."""
        return np.asarray(encodings @ self.adds.T.astype(np.float32), np.float64)

    def scores(self, squared: Numbers, probes: Place, enrolled: Place) -> Numbers:
        """(N, M) squared distances of probes to enrolled faces as they would be between two clear
        faces where it is no more crowded than usual."""
        one, other = probes.condition[:, None], enrolled.condition
        squared = self._moved(squared, probes, enrolled)
        most = self._most_lonely((one == 0) & (other == 0))
        apart = squared - PAIR_SHARE * np.minimum(crowding_of_pairs(probes, enrolled), most)
        if self.pairs is None:
            return apart
        of_pair = self.pairs[one, other]
        mean, spread = self.pairs[0, 0]
        return np.asarray(mean + spread * (apart - of_pair[..., 0]) / of_pair[..., 1])

    def farthest(self, score: float, probes: Place, low: Numbers, high: Numbers) -> Numbers:
        """(N,) the largest squared distance from each probe that a face may have with at most this
        score, whatever its condition and its place, and whichever of the two is enrolled. low,
        high: (C,) between what such faces lie along the conditions (`Place.along`)."""
        count = len(self.conditions)
        numbers = np.arange(count)
        clear = (numbers[:, None] == 0) & (numbers == 0)
        apart = np.full((count, count), score)
        if self.pairs is not None:
            mean, spread = self.pairs[0, 0]
            apart = self.pairs[..., 0] + self.pairs[..., 1] * (score - mean) / spread
        moved = np.maximum(apart, apart.T) + PAIR_SHARE * self._most_lonely(clear)
        one = probes.condition
        own = np.take_along_axis(probes.along, one[:, None], axis=1)
        # `_moved` the other way round, with the enrolled face where that takes off most
        most = np.where(one[:, None] == numbers, 0.0, high - low[one, None])
        off = 2 * (own - probes.along + most) - self._apart[one]
        return np.asarray((moved[one] + off).max(axis=1))

    def conditions_of(self, encodings: Floats) -> tuple[str, ...]:
        """In a word for each of (N, D): to which condition it belongs."""
        numbers = self._condition_of(encodings.astype(np.float64))
        return tuple(CONDITIONS[number] for number in numbers)

    def _condition_of(self, encodings: Numbers) -> npt.NDArray[np.intp]:
        around = np.stack([_around(encodings, faces) for faces in self.conditions], axis=1)
        around[:, 1:] += CLEAR_LEAD * self.usual
        return np.asarray(around.argmin(axis=1))

    @property
    def _apart(self) -> Numbers:
        """(C, C) squared distances between what two conditions add."""
        return np.asarray(np.square(self.adds[:, None] - self.adds).sum(axis=2))

    def _moved(self, squared: Numbers, probes: Place, enrolled: Place) -> Numbers:
        """(N, M) squared distances once what their conditions add is taken off both faces."""
        one, other = probes.condition[:, None], enrolled.condition
        off = np.take_along_axis(probes.along, one, axis=1) - probes.along[:, other]
        off += np.take_along_axis(enrolled.along, other[:, None], axis=1).T
        off -= enrolled.along[:, probes.condition].T
        return np.asarray(squared - 2 * off + self._apart[one, other])

    def _most_lonely(self, clear: npt.NDArray[np.bool_]) -> Numbers:
        return np.asarray(np.where(clear, *MOST_LONELY) * self.usual)


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
