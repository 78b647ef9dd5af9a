"""Calls to an engine elsewhere: a few at a time, each tried twice, and a rest after failures."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.ways import Way

log = logging.getLogger(__name__)

LINES = 16
"""Calls at a time: as many as a batch of frames. The engine puts them together again, or spreads
them over its replicas."""
TRY_S = 0.4
"""The longest wait for an answer. Who has been given up is not waited for by anybody: a connection
that is closed takes its call out of the engine's queue."""
TRIES = 2
REST_S, LONGEST_REST_S = 1.0, 30.0
"""An engine that has failed is left alone for so long, twice as long each time."""


class Caller:
    """Any thread. Its own threads, `engine 1`, 2 …, begin with the first calls at once; they wait
    for nobody longer than TRY_S, and end with `close` or the process."""

    def __init__(self, way: Way, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        """name: of the engine, in words. clock: monotonic, in seconds."""
        self.name = name
        self._way = way
        self._clock = clock
        self._lines = ThreadPoolExecutor(LINES, thread_name_prefix="engine")
        self._guard = threading.Lock()
        self._rest_s = REST_S
        self._rested_s = -float("inf")

    @property
    def resting(self) -> bool:
        """Whether the engine has failed lately, and is not called."""
        return self._clock() < self._rested_s

    def call(self, what: str, messages: Sequence[bytes]) -> list[bytes]:
        """An answer for each message, in order. Raises RemoteFailed if one of them has none."""
        if self.resting:
            raise RemoteFailed(f"{self.name} rests after a failure")
        try:
            if len(messages) == 1:
                answers = [self._tried(what, messages[0])]
            else:
                answers = list(self._lines.map(lambda one: self._tried(what, one), messages))
        except RemoteFailed as error:
            self._fail(error)
            raise
        self._rest_s = REST_S
        return answers

    def close(self) -> None:
        """Ends the threads and the connections."""
        self._lines.shutdown(cancel_futures=True)
        self._way.close()

    def refuse(self, error: RemoteFailed) -> None:
        """The engine has answered, and not as it should."""
        self._fail(error)

    def _tried(self, what: str, message: bytes) -> bytes:
        for _ in range(TRIES - 1):
            try:
                return self._way.call(what, message, TRY_S)
            except RemoteFailed:
                continue  # a replica that was killed: there may be another
        return self._way.call(what, message, TRY_S)

    def _fail(self, error: RemoteFailed) -> None:
        with self._guard:
            if self.resting:
                return
            self._rested_s = self._clock() + self._rest_s
            log.warning("engine: %s. Computed here for %g s", error, self._rest_s)
            self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)
