"""What Lookout asks of a vector engine: one protocol, however the engine calls these things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

Ids = npt.NDArray[np.int64]
Tags = npt.NDArray[np.int32]

NOBODY = -1
"""The id of a place in `Hits` for which there was no vector."""
BATCH = 2000
"""Vectors that are sent together: 1 MB of 128 numbers each."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """N vectors with their ids.

    ids: (N,) int64, each once, 0 or more. vectors: (N, D) float32. tags: (N,) int32, what a search
    may be limited to, such as a site.

    Raises ValueError where the shapes do not go together.
    """

    ids: Ids
    vectors: Floats
    tags: Tags

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or not len(self.ids) == len(self.vectors) == len(self.tags):
            raise ValueError(
                f"{self.ids.shape} ids, vectors of shape {self.vectors.shape} and "
                f"{self.tags.shape} tags do not go together"
            )

    @classmethod
    def of(cls, ids: Ids, vectors: Floats, tag: int = 0) -> Points:
        """All with the same tag."""
        return cls(ids, vectors, np.full(len(ids), tag, np.int32))

    def __len__(self) -> int:
        return len(self.ids)

    def batches(self) -> Iterator[Points]:
        """The same in parts of BATCH."""
        for start in range(0, len(self), BATCH):
            part = slice(start, start + BATCH)
            yield Points(self.ids[part], self.vectors[part], self.tags[part])


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """What a search of N probes has found, the nearest first.

    ids: (N, K) int64, NOBODY where there was no K-th. distances: (N, K) float32, Euclidean and as
    exact as the engine's; infinite for nobody.
    """

    ids: Ids
    distances: Floats

    @classmethod
    def of(cls, rows: list[list[tuple[int, float]]], count: int) -> Hits:
        """Of pairs of id and distance for each probe, at most `count` of them."""
        ids = np.full((len(rows), count), NOBODY, np.int64)
        distances = np.full((len(rows), count), np.inf, np.float32)
        for probe, row in enumerate(rows):
            for place, (number, distance) in enumerate(row[:count]):
                ids[probe, place], distances[probe, place] = number, distance
        return cls(ids, distances)


class VectorIndex(Protocol):
    """A set of vectors in an engine. One thread at a time.

    Every method raises EngineAway, after a few seconds at most.
    """

    def upsert(self, points: Points) -> None:
        """Puts vectors in, or others in the place of those with these ids; at most BATCH."""

    def delete(self, ids: Ids) -> None:
        """Takes vectors out; ids that are not there do not matter. At most BATCH."""

    def search(self, probes: Floats, count: int, tag: int | None = None) -> Hits:
        """The nearest `count` to each of the probes (N, D), with this tag where one is given."""

    def count(self) -> int:
        """How many vectors there are."""

    def ids(self) -> Ids:
        """(N,) those of all vectors, rising."""

    def settle(self) -> None:
        """Makes what was put in fast to search. May take minutes; what is there can be searched
        before."""

    def erase(self) -> None:
        """Makes what was taken out gone from the engine's files, where it can be told to. May take
        minutes, in which it may not answer."""

    def clear(self) -> None:
        """Takes everything out, the engine's own files of it included."""

    def close(self) -> None:
        """Ends the connection."""
