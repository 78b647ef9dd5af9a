"""The thread that chains sightings to visits, and tells of visits that begin and end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from lookout.server.events.types import EventType
from lookout.server.movement.chainer import VisitChainer
from lookout.server.storage.errors import StorageError
from lookout.server.storage.records import Event, new_id
from lookout.server.storage.store import Store
from lookout.server.storage.visit_records import LegFilter, Visit
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

TICK_S = 1.0
BATCH = 200
"""Sightings of one transaction: a new one waits behind at most so many old ones."""


class VisitRecorder(StoppableThread):
    """Owns the thread. After an update of a store it works through the old sightings first."""

    def __init__(
        self,
        store: Store,
        chainer: VisitChainer,
        *,
        tick_s: float = TICK_S,
        unix_s: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._chainer = chainer
        self._tick_s = tick_s
        self._unix_s = unix_s
        self._failing = False
        super().__init__("visits")

    def _work(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            pause_s = self._tick_s
            try:
                if self.step() == BATCH:
                    pause_s = 0.0
            except StorageError as error:
                if not self._failing:  # logged once, not every second
                    log.error("visits cannot be written, and wait: %s", error)  # noqa: TRY400
                self._failing = True
            else:
                self._failing = False

    def step(self) -> int:
        """Chains what waits and closes what is over; returns how many sightings were chained.
        Raises StorageError."""
        now_s = self._unix_s()
        with self._store.transaction():
            chained = self._chainer.chain(now_s, BATCH)
            for visit in chained.begun:
                self._tell(EventType.VISIT_BEGAN, visit, visit.first_s)
            for visit in self._chainer.end(now_s):
                self._tell(EventType.VISIT_ENDED, visit, visit.last_s)
        return chained.count

    def _tell(self, kind: EventType, visit: Visit, at_s: float) -> None:
        legs = self._store.movements.legs(1, which=LegFilter(visit=visit.id)).items
        self._store.events.add(
            Event(
                id=new_id(),
                kind=kind.value,
                at_s=at_s,
                camera=legs[0].camera if legs else "",
                person=visit.person,
                cluster=visit.cluster,
                visit=visit.id,
            )
        )
