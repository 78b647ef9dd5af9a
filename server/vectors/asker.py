"""Who asks the engine, while there is one that answers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from lookout.faces.detections import Floats
from lookout.server.vectors.errors import EngineAway, VectorError
from lookout.server.vectors.index import Hits, VectorIndex

log = logging.getLogger(__name__)

ASK_S = 0.5
"""The longest wait for an answer, and for others who ask; it is paid once, then everything is
searched here until the engine has rested and is found again."""
REST_S, LONGEST_REST_S = 2.0, 60.0
"""An engine that has failed is left alone for so long; twice as long each time that it fails again
before it has answered."""


class Asker:
    """Searches by the index that it was given last. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: monotonic, in seconds."""
        self._clock = clock
        self._rest_s = REST_S
        self._rested_s = -float("inf")
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self.asked = 0
        self.refused = 0
        self.why_not = "it has not been reached yet"

    @property
    def ready(self) -> bool:
        """Whether there is an index that has answered so far."""
        return self._index is not None

    @property
    def rested(self) -> bool:
        """Whether an engine that has failed may be tried again."""
        return self._clock() >= self._rested_s

    def use(self, index: VectorIndex) -> None:
        """Searches by this one from now on; it is closed when it fails."""
        with self._lock:
            self._index, self.why_not = index, ""

    def drop(self, why: str) -> None:
        """Searches by none, for a reason."""
        with self._lock:
            self._drop(why)

    def ask(self, probes: Floats, count: int) -> Hits | None:
        """The nearest `count` to each of (N, D) probes; None where the engine does not answer."""
        if not self.ready or not self._lock.acquire(timeout=ASK_S):
            self.refused += 1
            return None
        try:
            if self._index is None:
                self.refused += 1
                return None
            hits = self._index.search(probes, count)
        except EngineAway as error:
            self.refused += 1
            self._rested_s = self._clock() + self._rest_s
            self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)
            self._drop(str(error))
            log.warning("vectors: %s. Everybody is searched here meanwhile", error)
            return None
        else:
            self.asked += 1
            self._rest_s = REST_S
            return hits
        finally:
            self._lock.release()

    def _drop(self, why: str) -> None:
        index, self._index, self.why_not = self._index, None, why
        if index is not None:
            with suppress(VectorError):
                index.close()
