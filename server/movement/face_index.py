"""The index of the faces of all sightings, in memory, and the thread that keeps it.

The store counts: each search asks it first which blocks of faces there are and which are loose, so
that nothing is found that has been forgotten, by whatever process. Only what was read is kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.server.storage.errors import StorageError
from lookout.server.storage.face_codes import FaceCodes, Numbers, face_codes
from lookout.server.storage.store_faces import FaceBlock, LooseFace, SightingFaces
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

BLOCK = 2048
"""Faces of a block: so many decryptions are to be done anew where one of them is forgotten."""
SETTLED_S = 600.0
"""A sighting that ended so long ago is not continued any more."""
MOST_LOOSE = 10_000
"""Of the latest that are in no block; older ones are searched once they are in one."""
MOST_BYTES = 512 << 20
"""Of memory: four million faces of 128 numbers. Older blocks are read from the disk each time."""
TICK_S = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class FaceCandidates:
    """Faces that may be near enough, in no order, and how many were compared.

    numbers: (N,), of their sightings. distances: (N,) float32, about.
    """

    numbers: Numbers
    distances: Floats
    searched: int


@dataclass(frozen=True, slots=True)
class _Loose:
    mark: bytes
    encoding: Floats


class FaceIndex(StoppableThread):
    """Owns the thread that makes blocks of what is loose. `candidates` may be called from any."""

    def __init__(
        self,
        faces: SightingFaces,
        encoder: str,
        *,
        clock: Callable[[], float] = time.time,
        most_bytes: int = MOST_BYTES,
        block: int = BLOCK,
    ) -> None:
        """encoder: the name of the one whose faces are searched. clock: Unix seconds. block: how
        many faces are kept together."""
        self._faces = faces
        self._encoder = encoder
        self._clock = clock
        self._most_bytes = most_bytes
        self._block = block
        self._lock = threading.Lock()
        self._blocks: Mapping[int, FaceCodes] = {}
        self._loose: dict[int, _Loose] = {}
        self._failing = False
        super().__init__("face index")

    def candidates(
        self, encoding: Floats, distance: float, among: Numbers | None = None
    ) -> FaceCandidates:
        """The faces that are about this near to an encoding (D,); among: (N,) the numbers of the
        only sightings to look at, rising. Raises StorageError."""
        with self._lock:
            marks = self._faces.blocks(self._encoder)
            self._blocks = self._renewed(marks)
            blocks, loose = self._blocks, self._renewed_loose()
        found = [
            _near(codes, encoding, distance, among)
            for codes in self._all_codes(marks, blocks, loose)
        ]
        if not found:
            return FaceCandidates(np.zeros(0, np.int64), np.zeros(0, np.float32), 0)
        return FaceCandidates(
            np.concatenate([one.numbers for one in found]),
            np.concatenate([one.distances for one in found]),
            sum(one.searched for one in found),
        )

    def tidy(self) -> bool:
        """Makes one block, and reads those that are there; whether more is to be done. Raises
        StorageError."""
        settled_s = self._clock() - SETTLED_S
        made = self._faces.make_block(self._encoder, self._block, settled_s)
        if made is None:
            with self._lock:
                self._blocks = self._renewed(self._faces.blocks(self._encoder))
        return made is not None

    def _work(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            began_s = time.monotonic()
            try:
                more = self.tidy()
            except StorageError as error:
                if not self._failing:  # logged once, not every minute
                    log.error("faces cannot be made ready for a search: %s", error)  # noqa: TRY400
                self._failing, more = True, False
            else:
                self._failing = False
            # after an update of a large store this takes minutes, which recognition shall not feel
            pause_s = time.monotonic() - began_s if more else TICK_S

    def _renewed(self, marks: Sequence[FaceBlock]) -> Mapping[int, FaceCodes]:
        """The blocks of now that are kept in memory: the latest."""
        kept: dict[int, FaceCodes] = {}
        used = 0
        for mark in reversed(marks):
            codes = self._opened(mark, self._blocks)
            if codes is None:
                continue
            used += codes.nbytes
            if used > self._most_bytes:
                break
            kept[mark.id] = codes
        return kept

    def _renewed_loose(self) -> FaceCodes | None:
        """The loose faces of now; those that have not changed are not opened again."""
        there = self._faces.loose(self._encoder, MOST_LOOSE)
        fresh = [face.number for face in there if self._is_fresh(face)]
        opened = self._faces.encodings(fresh)
        kept: dict[int, _Loose] = {}
        for face in reversed(there):
            if face.number in opened:
                kept[face.number] = _Loose(face.mark, opened[face.number])
            elif (known := self._loose.get(face.number)) is not None:
                kept[face.number] = known
        self._loose = kept
        if not kept:
            return None
        encodings = np.stack([face.encoding for face in kept.values()])
        return face_codes(np.array(list(kept), np.int64), encodings)

    def _opened(self, mark: FaceBlock, kept: Mapping[int, FaceCodes]) -> FaceCodes | None:
        codes = kept.get(mark.id)
        return self._faces.open(mark) if codes is None else codes

    def _is_fresh(self, face: LooseFace) -> bool:
        known = self._loose.get(face.number)
        return known is None or known.mark != face.mark

    def _all_codes(
        self, marks: Sequence[FaceBlock], kept: Mapping[int, FaceCodes], loose: FaceCodes | None
    ) -> Iterator[FaceCodes]:
        for mark in marks:
            codes = self._opened(mark, kept)
            if codes is not None:
                yield codes
        if loose is not None:
            yield loose


def _near(
    codes: FaceCodes, encoding: Floats, distance: float, among: Numbers | None
) -> FaceCandidates:
    if among is not None:
        codes = codes.at(np.flatnonzero(_are_in(codes.numbers, among)))
    distances = codes.distances(encoding)
    near = np.flatnonzero(distances <= distance)
    return FaceCandidates(codes.numbers[near], distances[near], len(codes))


def _are_in(numbers: Numbers, rising: Numbers) -> npt.NDArray[np.bool_]:
    """(N,) Whether each number is among the others, which rise."""
    if not len(rising):
        return np.zeros(len(numbers), np.bool_)
    places = np.minimum(np.searchsorted(rising, numbers), len(rising) - 1)
    return np.asarray(rising[places] == numbers)
