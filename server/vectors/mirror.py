"""The mirror: what an engine has is what the gallery has.

A thread of its own reads what the engine has, takes out who was forgotten, and puts in who is new;
an engine that was away, or has lost everything, is caught up with in the same way.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.match import FIRST_PASS_ENCODINGS
from lookout.server.storage.errors import StorageError
from lookout.server.threads.stoppable_thread import StoppableThread
from lookout.server.vectors.asker import ASK_S, Asker
from lookout.server.vectors.engine_pass import EnginePass, ids_of
from lookout.server.vectors.errors import VectorError
from lookout.server.vectors.index import BATCH, Hits, Ids, Points, VectorIndex
from lookout.server.vectors.rotation import unturned

log = logging.getLogger(__name__)

WRITE_S = 10.0
"""The longest wait for an engine that is written to."""
LOOK_S = 10.0
"""So often the engine is counted: one that has lost its vectors gets them again."""
ERASE_S = 3600.0
"""So often, at most, the engine is told to erase what was deleted, which is much work for it: the
first time at once, and what is deleted soon after that an hour later."""
RETRY_S = 2.0
"""So often an engine that was lost is looked for."""
_NOTHING = np.zeros(0, np.int64)


class Door(Protocol):
    """The way to an engine; see `server.vectors.opening`."""

    @property
    def name(self) -> str:
        """The engine, in words."""

    def open(self, timeout_s: float) -> VectorIndex:
        """A connection to search. Raises EngineAway."""

    def move_in(self, timeout_s: float) -> VectorIndex:
        """A connection to write. Raises EngineAway and StorageError."""


class VectorMirror(StoppableThread):
    """Owns the thread and the connection that it writes on. `prefiltered`, `ask`, `in_step` and
    `words` may be called from any."""

    def __init__(
        self,
        door: Door,
        turn: Callable[[Floats], Floats] = unturned,
        *,
        least: int = FIRST_PASS_ENCODINGS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """least: encodings of a gallery for which the engine is asked: fewer are compared sooner
        here. clock: monotonic, in seconds."""
        self._door = door
        self._turn = turn
        self._least = least
        self._clock = clock
        self._asker = Asker(clock)
        self._wake = threading.Event()
        self._wanted: EnginePass | None = None
        self._done: EnginePass | None = None
        self._unsettled = False
        self._unerased = False
        self._erased_s = -np.inf
        self._index: VectorIndex | None = None
        self._there: Ids = _NOTHING
        self._counted_s = -np.inf
        self._in_step: Ids = _NOTHING
        self._failing = False
        super().__init__("vectors")

    @property
    def in_step(self) -> Ids:
        """(K,) the ids that the engine has, rising."""
        return self._in_step

    @property
    def asker(self) -> Asker:
        """Who asks the engine."""
        return self._asker

    @property
    def missing(self) -> int:
        """How many of the gallery's encodings the engine does not have."""
        wanted = self._wanted
        return 0 if wanted is None else len(wanted.look()[1])

    def words(self) -> str:
        """How it stands, for people."""
        if not self._asker.ready:
            return f"{self._door.name}: away, searched here meanwhile ({self._asker.why_not})"
        behind = f", {self.missing} to come" if self.missing else ""
        return f"{self._door.name}: {len(self._in_step)} vectors{behind}"

    def ask(self, probes: Floats, count: int) -> Hits | None:
        """The nearest to each of (N, D) turned probes; None where the engine does not answer."""
        return self._asker.ask(probes, count)

    def prefiltered(self, gallery: Gallery, samples: Sequence[str]) -> Gallery:
        """The gallery with a first pass by the engine, which is to have what the gallery has;
        samples: the id of each encoding."""
        wanted = EnginePass(
            ids_of(samples), gallery.encodings, self, gallery.first_pass, self._turn
        )
        self._wanted = wanted
        self._wake.set()
        return gallery.with_first_pass(wanted) if len(gallery) >= self._least else gallery

    def close(self, timeout_s: float) -> bool:
        self._stop.set()
        self._wake.set()
        return super().close(timeout_s)

    def step(self) -> None:
        """Brings the engine into step once. Raises EngineAway and StorageError."""
        wanted = self._wanted
        if wanted is None:
            return
        index = self._opened()
        self._count(index)
        if wanted is not self._done:
            try:
                self._take_out(index, wanted)
                self._put_in(index, wanted)
            finally:
                self._in_step = self._there
            if self._unsettled and self._is_wanted(wanted):
                index.settle()
                self._unsettled = False
            self._done = wanted
        if self._unerased and self._clock() >= self._erased_s + ERASE_S:
            index.erase()
            self._unerased, self._erased_s = False, self._clock()
        if not self._asker.ready and self._asker.rested:
            self._asker.use(self._door.open(ASK_S))

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self.step()
            except (VectorError, StorageError) as error:
                self._lose(error)
            else:
                if self._failing:
                    log.info("vectors: %s", self.words())
                self._failing = False
            if self._failing:
                self._stop.wait(RETRY_S)
            else:
                self._wake.wait(RETRY_S)
        self._close_index()

    def _opened(self) -> VectorIndex:
        if self._index is None:
            self._index = self._door.move_in(WRITE_S)
            self._counted_s = -np.inf
        return self._index

    def _count(self, index: VectorIndex) -> None:
        """Reads what the engine has, where it is not as many as it should be."""
        now_s = self._clock()
        if now_s < self._counted_s + LOOK_S:
            return
        if self._counted_s == -np.inf or index.count() != len(self._there):
            self._in_step = self._there = index.ids()
            self._done = None
        self._counted_s = now_s

    def _is_wanted(self, wanted: EnginePass) -> bool:
        """False once the gallery has changed: somebody may have been forgotten meanwhile."""
        return self._wanted is wanted and not self._stop.is_set()

    def _take_out(self, index: VectorIndex, wanted: EnginePass) -> None:
        gone = np.setdiff1d(self._there, wanted.ids)
        done = 0
        try:
            for start in range(0, len(gone), BATCH):
                if self._stop.is_set():
                    break
                self._unsettled = self._unerased = True
                index.delete(gone[start : start + BATCH])
                done = start + BATCH
        finally:
            self._there = np.setdiff1d(self._there, gone[:done])

    def _put_in(self, index: VectorIndex, wanted: EnginePass) -> None:
        rows = np.flatnonzero(~np.isin(wanted.ids, self._there))
        done = 0
        try:
            for start in range(0, len(rows), BATCH):
                if not self._is_wanted(wanted):
                    break
                self._unsettled = True
                part = rows[start : start + BATCH]
                index.upsert(Points.of(wanted.ids[part], self._turn(wanted.encodings[part])))
                done = start + BATCH
        finally:
            self._there = np.union1d(self._there, wanted.ids[rows[:done]])

    def _lose(self, error: Exception) -> None:
        self._asker.drop(str(error))
        self._close_index()
        if not self._failing:  # logged once, not every two seconds
            log.warning("vectors: %s. Everybody is searched here meanwhile", error)
        self._failing = True

    def _close_index(self) -> None:
        index, self._index = self._index, None
        if index is not None:
            with suppress(VectorError):
                index.close()
