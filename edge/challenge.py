"""The challenge at this camera: whether the page wants one, and what its page is to show."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lookout.wire.challenge import WireChallenge, WireChallengeState
from lookout.wire.records import Result

WANTED_S = 45.0
"""So long frames ask for a challenge after the page did, unless one ends before."""
SHOWN_S = 1.5
"""A challenge of which no result has told for longer is over: the server is away."""


class ChallengeDesk:
    """Any thread. clock: monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wanted_until_s = float("-inf")
        self._told: tuple[WireChallenge, float] | None = None
        self._ended: int | None = None

    def ask(self) -> None:
        """Somebody at the page wants to prove that they are there."""
        with self._lock:
            self._wanted_until_s = self._clock() + WANTED_S

    def wanted(self) -> bool:
        """Whether frames ask the server for a challenge now."""
        with self._lock:
            return self._clock() < self._wanted_until_s

    def on_result(self, result: Result) -> None:
        """Takes what the server says of a challenge."""
        told = result.challenge
        if result.dropped or told is None:
            return
        with self._lock:
            self._told = (told, self._clock())
            if told.state is not WireChallengeState.WAITING and told.number != self._ended:
                self._ended = told.number
                self._wanted_until_s = float("-inf")

    def shown(self) -> WireChallenge | None:
        """What the page is to show now."""
        with self._lock:
            if self._told is None or self._clock() - self._told[1] > SHOWN_S:
                return None
            return self._told[0]
