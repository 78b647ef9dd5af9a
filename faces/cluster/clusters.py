"""The clusters of unsorted faces: a function of the faces and of what was said, not of their order.

Two groups of faces become one while the mean over their pairs is within the limit; so at least one
of these pairs is within it, too. Whatever may come together is therefore connected by pairs within
the limit, and a new face can change only what it is connected with. That part alone is sorted
again, from the beginning: the result is the same as if all faces had been there from the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lookout.faces.cluster.linkage import agglomerate
from lookout.faces.cluster.said import Said
from lookout.faces.cluster.scores import Placed, near_pairs, score_limit, scores_between
from lookout.faces.cluster.unsorted_face import UnsortedFace
from lookout.faces.decision.stranger_model import StrangerModel

CHANCE = 0.05
"""The best for sface on the first half of LFW's people, by the F of B³; those people are in no
table of docs/clusters.md. For dlib-128 0.1 would be half a point better, but a stranger in a folder
that is trained from costs more than a person in two folders."""
MAX_FACES = 20_000
"""If all were connected, their scores would take 1.6 GB."""
_SLACK = 1e-3
"""Rounding never hides a pair that is just within the limit."""
_ROWS = 512

Numbers = npt.NDArray[np.intp]


class TooManyFaces(ValueError):
    """More faces than are sorted together."""


class FaceClusters:
    """Sorts faces as they come. For one thread."""

    def __init__(self, strangers: StrangerModel, chance: float = CHANCE) -> None:
        """strangers: the encoder's statistics (`stranger_model`). chance: see `score_limit`."""
        self._strangers = strangers
        self._chance = chance
        self._limit = score_limit(strangers, chance, 0)
        self._faces: list[UnsortedFace] = []
        self._placed: Placed | None = None
        self._said = Said()
        self._part: Numbers = np.zeros(0, np.intp)
        self._sorted: dict[int, list[tuple[int, ...]]] = {}

    def __len__(self) -> int:
        return len(self._faces)

    def add(self, faces: Sequence[UnsortedFace]) -> range:
        """Takes faces; returns their numbers. Raises TooManyFaces, and ValueError for encodings of
        another dimension."""
        before = len(self._faces)
        if before + len(faces) > MAX_FACES:
            raise TooManyFaces(
                f"at most {MAX_FACES} faces are sorted together, and these would be "
                f"{before + len(faces)}: sort them in parts"
            )
        if not faces:
            return range(before, before)
        fresh = Placed.of(np.stack([face.encoding for face in faces]), self._strangers)
        self._placed = fresh if self._placed is None else self._placed.followed_by(fresh)
        self._faces += faces
        self._part = np.concatenate([self._part, np.arange(before, len(self._faces))])
        self._tighten()
        for start in range(before, len(self._faces), _ROWS):
            self._connect(start, min(start + _ROWS, len(self._faces)))
        return range(before, len(self._faces))

    def say_same(self, one: int, other: int) -> None:
        """Two faces are one person: nothing parts them. Raises Contradiction."""
        self._check(one, other)
        self._said.say_same(one, other)
        self._unite(np.array([one, other]))

    def say_different(self, one: int, other: int) -> None:
        """Two faces are two people: no cluster holds both. Raises Contradiction."""
        self._check(one, other)
        self._said.say_different(one, other)
        self._sorted.pop(int(self._part[one]), None)

    def clusters(self) -> list[tuple[int, ...]]:
        """The numbers of the faces of each person, the largest cluster first, of equals the one
        whose first face came earlier."""
        parts: dict[int, list[int]] = defaultdict(list)
        for face, part in enumerate(self._part.tolist()):
            parts[part].append(face)
        for part, faces in parts.items():
            if part not in self._sorted:
                self._sorted[part] = self._sort(faces)
        found = [cluster for part in parts for cluster in self._sorted[part]]
        return sorted(found, key=lambda cluster: (-len(cluster), cluster[0]))

    def _check(self, *faces: int) -> None:
        for face in faces:
            if not 0 <= face < len(self._faces):
                raise ValueError(f"there is no face {face}; there are {len(self._faces)}")

    def _tighten(self) -> None:
        """The more faces there are, the nearer strangers come. Connections made before stay: more
        of them than needed change no result."""
        limit = score_limit(self._strangers, self._chance, len(self._faces))
        if limit != self._limit:
            self._limit = limit
            self._sorted.clear()

    def _connect(self, start: int, end: int) -> None:
        """Unites what the faces from `start` on are connected with, among those before `end`."""
        if self._placed is None:
            return
        fresh, all_so_far = self._placed.take(slice(start, end)), self._placed.take(slice(0, end))
        limit = self._limit + _SLACK
        for near in near_pairs(fresh, all_so_far, self._strangers, limit):
            if len(near):
                self._unite(near)

    def _unite(self, faces: Numbers) -> None:
        first, *others = np.unique(self._part[faces]).tolist()
        for part in others:
            self._part[self._part == part] = first
            self._sorted.pop(part, None)
        self._sorted.pop(first, None)

    def _sort(self, faces: list[int]) -> list[tuple[int, ...]]:
        """The clusters in a part. Its faces are taken in an order that depends on them alone, so
        that of two equal scores the same decides, whichever face came first."""
        if len(faces) == 1 or self._placed is None:
            return [tuple(faces)]
        faces = sorted(faces, key=lambda face: self._faces[face].encoding.tobytes())
        row = {face: index for index, face in enumerate(faces)}
        placed = self._placed.take(np.array(faces))
        scores = scores_between(placed, placed, self._strangers)
        for one, other in [*self._of_one_frame(faces), *self._said.different_in(row)]:
            scores[one, other] = scores[other, one] = np.inf
        weights = np.array([self._faces[face].quality for face in faces])
        group = agglomerate(scores, weights, self._limit, self._said.same_in(row))
        found: dict[int, list[int]] = defaultdict(list)
        for face, number in zip(faces, group.tolist(), strict=True):
            found[number].append(face)
        return [tuple(sorted(cluster)) for cluster in found.values()]

    def _of_one_frame(self, faces: list[int]) -> list[tuple[int, int]]:
        rows: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, face in enumerate(faces):
            for frame in self._faces[face].frames:
                rows[frame].append(index)
        return [(a, b) for same in rows.values() for a in same for b in same if a < b]
