"""The thread that chains sightings to visits, and tells of visits that begin and end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from enum import StrEnum

from lookout.server.movement.chainer import VisitChainer
from lookout.server.storage.errors import StorageError
from lookout.server.storage.visit_records import Visit
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

TICK_S = 1.0
BATCH = 200
"""Sightings of one transaction: a new one waits behind at most so many old ones."""


class VisitChange(StrEnum):
    """What happened to a visit; the types of its events."""

    BEGAN = "visit.began"
    ENDED = "visit.ended"


def _tell_nobody(_: VisitChange, __: Visit) -> None:
    """Where nobody asked to be told."""


class VisitRecorder(StoppableThread):
    """Owns the thread. After an update of a store it works through the old sightings first."""

    def __init__(
        self,
        chainer: VisitChainer,
        publish: Callable[[VisitChange, Visit], None] = _tell_nobody,
        *,
        tick_s: float = TICK_S,
        unix_s: Callable[[], float] = time.time,
    ) -> None:
        """publish: is told of each change, after it is written; raises StorageError."""
        self._chainer = chainer
        self._publish = publish
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
        chained = self._chainer.chain(now_s, BATCH)
        for visit in chained.begun:
            self._publish(VisitChange.BEGAN, visit)
        for visit in self._chainer.end(now_s):
            self._publish(VisitChange.ENDED, visit)
        return chained.count
