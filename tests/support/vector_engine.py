"""An engine in memory that can be away, or lose everything; and the door to it."""

from __future__ import annotations

import threading

from lookout.faces.detections import Floats
from lookout.server.vectors.errors import EngineAway
from lookout.server.vectors.exact import ExactIndex
from lookout.server.vectors.index import Hits, Ids, Points


class EngineDouble:
    """What the engine holds is `index`. One thread at a time.

    away: whether it does not answer. puts: at how many further writes it does, before it is away.
    """

    name = "a double at localhost port 1"

    def __init__(self, dimension: int) -> None:
        self.index = ExactIndex(dimension)
        self.away = False
        self.puts: int | None = None
        self.searches = 0
        self.settled = 0
        self.erased = 0
        self._opened = 0
        self.opened_twice = threading.Event()

    def open(self, timeout_s: float) -> EngineConnection:
        self.answer()
        self._opened += 1
        if self._opened == 2:
            self.opened_twice.set()
        return EngineConnection(self)

    move_in = open

    def answer(self) -> None:
        if self.away:
            raise EngineAway("the double does not answer: it was told to")

    def put(self) -> None:
        self.answer()
        if self.puts is not None:
            self.puts -= 1
            self.away = self.puts < 0
            self.answer()


class EngineConnection:
    """A `VectorIndex` of a double."""

    def __init__(self, engine: EngineDouble) -> None:
        self._engine = engine

    def upsert(self, points: Points) -> None:
        self._engine.put()
        self._engine.index.upsert(points)

    def delete(self, ids: Ids) -> None:
        self._engine.put()
        self._engine.index.delete(ids)

    def search(self, probes: Floats, count: int, tag: int | None = None) -> Hits:
        self._engine.answer()
        self._engine.searches += 1
        return self._engine.index.search(probes, count, tag)

    def count(self) -> int:
        self._engine.answer()
        return self._engine.index.count()

    def ids(self) -> Ids:
        self._engine.answer()
        return self._engine.index.ids()

    def settle(self) -> None:
        self._engine.answer()
        self._engine.settled += 1

    def erase(self) -> None:
        self._engine.answer()
        self._engine.erased += 1

    def clear(self) -> None:
        self._engine.answer()
        self._engine.index.clear()

    def close(self) -> None:
        """Nothing is open."""
