"""News of what other servers on the same store have written, for who listens here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from lookout.server.storage.errors import StorageError
from lookout.server.storage.store_sharing import Changes, Topic
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

WAIT_S = 0.5


class SharedNews(StoppableThread):
    """Owns the thread that tells of changes, by whichever server. listeners: what is called when
    something of a topic has changed, and once at the beginning; may raise StorageError."""

    def __init__(self, changes: Changes, listeners: Mapping[Topic, Callable[[], object]]) -> None:
        self._changes = changes
        self._listeners = listeners
        super().__init__("news")

    def _work(self) -> None:
        known: Mapping[Topic, int] = {}
        failing = False
        while not self._stop.is_set():
            try:
                numbers = self._changes.wait(known, WAIT_S)
                for topic, tell in self._listeners.items():
                    if numbers.get(topic) != known.get(topic):
                        tell()
            except StorageError as error:
                if not failing:  # logged once, not twice a second
                    log.warning("what other servers write is not heard of: %s", error)
                failing = True
                self._stop.wait(WAIT_S)
            else:
                known, failing = numbers, False
