"""The faces of sightings, for a search through all of them, as the rest of the server sees them.

Reading one face costs two decryptions. So the faces of sightings that are over are kept a second
time, many to a block that one decryption opens, under a key of its own. A block holds every face of
one encoder in a stretch of sightings, and goes with the first of them that is forgotten or changed;
what it held is loose until a new block is made of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lookout.faces.detections import Floats
from lookout.server.storage.face_codes import FaceCodes, Numbers
from lookout.server.storage.records import SightingFilter


@dataclass(frozen=True, slots=True)
class FaceBlock:
    """A block: its id, never used again, the first and the last sighting of its stretch, and how
    many faces it holds."""

    id: int
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class LooseFace:
    """The number of a sighting whose face is in no block, and a mark that changes with the face."""

    number: int
    mark: bytes


class SightingFaces(Protocol):
    """The faces of sightings, by the numbers of those, which rise and are never used again."""

    def blocks(self, encoder: str) -> tuple[FaceBlock, ...]:
        """The blocks of an encoder, the earliest first."""

    def open(self, block: FaceBlock) -> FaceCodes | None:
        """What is in a block; None where it has gone. Raises StoreDamaged."""

    def loose(self, encoder: str, limit: int) -> tuple[LooseFace, ...]:
        """The latest faces that are in no block, the latest first."""

    def encodings(self, numbers: Sequence[int]) -> Mapping[int, Floats]:
        """The encodings (D,) of those of these sightings that are there."""

    def make_block(self, encoder: str, size: int, settled_s: float) -> FaceBlock | None:
        """Makes the next block, of up to `size` faces of sightings that ended before `settled_s`;
        None where there is nothing to be done."""

    def numbers(self, which: SightingFilter) -> Numbers:
        """(N,) The numbers of all sightings for which the filter holds, rising."""

    def ids(self, numbers: Sequence[int]) -> Mapping[int, str]:
        """The ids of those of these sightings that are there."""


END = 2**62
"""The end of a stretch that is open."""


def gaps(blocks: Sequence[FaceBlock]) -> list[tuple[int, int]]:
    """The stretches of sightings, first and last, that no block covers; the last one is open."""
    firsts = [1, *(block.last + 1 for block in blocks)]
    lasts = [*(block.first - 1 for block in blocks), END]
    return [pair for pair in zip(firsts, lasts, strict=True) if pair[0] <= pair[1]]
