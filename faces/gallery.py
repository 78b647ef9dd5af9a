"""The people that are known: their encodings and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from faces.detections import Floats

MAX_NAME_LENGTH = 200


@dataclass(frozen=True, eq=False)
class Gallery:
    """M encodings and, for each, the name of its person. M = 0 is an ordinary value.

    encodings: (M, D) float32, finite.
    names:     M names, in the same order; a person with several encodings stands there as often.
    encoder:   the name of the encoder that made them; encodings of two encoders never compare.

    Raises ValueError on construction.
    """

    encodings: Floats
    names: tuple[str, ...]
    encoder: str

    def __post_init__(self) -> None:
        if self.encodings.ndim != 2 or self.encodings.dtype != np.float32:
            raise ValueError(
                "encodings must be float32 of shape (M, D), "
                f"got {self.encodings.dtype} of shape {self.encodings.shape}"
            )
        if len(self.names) != len(self.encodings):
            raise ValueError(
                f"there are {len(self.encodings)} encodings but {len(self.names)} names"
            )
        if not np.isfinite(self.encodings).all():
            row = int(np.argmin(np.isfinite(self.encodings).all(axis=1)))
            raise ValueError(
                f"encoding {row} (of {self.names[row]!r}) has a value that is no number"
            )
        for name in self.people:
            if not name.strip() or len(name) > MAX_NAME_LENGTH:
                raise ValueError(f"a name has 1 to {MAX_NAME_LENGTH} characters, got {name!r:.40}")

    @classmethod
    def empty(cls, encoder: str, dimension: int) -> Gallery:
        return cls(np.zeros((0, dimension), np.float32), (), encoder)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Every name once, in alphabetical order: the order of `person` and of votes."""
        return tuple(sorted(set(self.names)))

    @cached_property
    def person(self) -> npt.NDArray[np.intp]:
        """(M,) for each encoding, the index of its person in `people`."""
        index = {name: i for i, name in enumerate(self.people)}
        return np.array([index[name] for name in self.names], np.intp)

    @cached_property
    def sizes(self) -> npt.NDArray[np.intp]:
        """(P,) how many encodings each of `people` has; at least 1."""
        return np.bincount(self.person, minlength=len(self.people))

    def mean_of_each(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """(N, M), one value for each encoding, averaged over each person's: (N, P) float64."""
        ordered = values[:, self._order].astype(np.float64)
        return np.asarray(np.add.reduceat(ordered, self._starts, axis=1) / self.sizes)

    def nearer_half_of_each(self, distances: Floats) -> npt.NDArray[np.float64]:
        """(N, M) distances, the nearer half of each person's averaged: (N, P) float64.

        Of k encodings the nearer half is the ceil(k / 2) smallest. The least of them would fall
        the more samples a person has; this stays, and an odd bad sample does not move it.
        """
        halves = (self.sizes + 1) // 2
        rank = np.arange(len(self)) - np.repeat(self._starts, self.sizes)
        counted = rank < np.repeat(halves, self.sizes)
        rows = [row[np.lexsort((row, self.person))] for row in distances.astype(np.float64)]
        sums = np.add.reduceat(np.stack(rows) * counted, self._starts, axis=1)
        return np.asarray(sums / halves)

    @cached_property
    def _order(self) -> npt.NDArray[np.intp]:
        return np.argsort(self.person, kind="stable")

    @cached_property
    def _starts(self) -> npt.NDArray[np.intp]:
        return np.cumsum(self.sizes) - self.sizes

    @property
    def counts(self) -> Mapping[str, int]:
        """Each person's number of encodings."""
        return dict(zip(self.people, self.sizes.tolist(), strict=True))

    def distances(self, probes: Floats) -> Floats:
        """Euclidean distances by one matrix product: (N, D) or (D,) gives (N, M) or (M,) float32.

        Exact to about 5e-4 for dlib's encodings, whose squared length is near 2; the tolerance is
        0.6. Raises ValueError if the probes have another dimension.
        """
        if probes.shape[-1] != self.encodings.shape[1]:
            raise ValueError(
                f"probes have {probes.shape[-1]} numbers, the gallery's encodings "
                f"{self.encodings.shape[1]}"
            )
        squared = (
            np.sum(probes**2, axis=-1)[..., None]
            + self._squared_lengths
            - 2.0 * (probes @ self.encodings.T)
        )
        return np.asarray(np.sqrt(np.clip(squared, 0.0, None)), np.float32)

    @cached_property
    def _squared_lengths(self) -> Floats:
        return np.asarray(np.sum(self.encodings**2, axis=1), np.float32)

    def added(self, name: str, encodings: Floats) -> Gallery:
        """A gallery that has `encodings` (N, D) of `name`, too."""
        return Gallery(
            np.concatenate([self.encodings, encodings]),
            (*self.names, *[name] * len(encodings)),
            self.encoder,
        )
