"""The travel graph of now: learned again once a minute, and not for every question."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from lookout.server.movement.confirmed import EVER_S, confirmed_pairs
from lookout.server.movement.travel import TravelGraph, learn
from lookout.server.storage.store import Store

LEARNED_FROM = 20_000
"""The latest sightings of named people, from which travel times are learned: half a second."""
AGE_S = 60.0


class LearnedTravel:
    """The travel times of a store, with what users have confirmed of them. Any thread."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._learned: TravelGraph | None = None
        self._learned_s = 0.0

    def graph(self) -> TravelGraph:
        """The times as of a minute ago at most; what is confirmed, as of now. Raises
        StorageError."""
        with self._lock:
            now_s = self._clock()
            if self._learned is None or now_s - self._learned_s >= AGE_S:
                self._learned = learn(self._store.movements.transitions(0.0, EVER_S, LEARNED_FROM))
                self._learned_s = now_s
            learned = self._learned
        sure = set(confirmed_pairs(self._store.settings))
        return TravelGraph(
            replace(time, confirmed=(time.from_camera, time.to_camera) in sure) for time in learned
        )
