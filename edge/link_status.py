"""The link's state, for the page and for /status."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)


class LinkState(StrEnum):
    """The states of the link to the server."""

    CONNECTING = "connecting"  # not one attempt has ended yet
    ONLINE = "online"
    OFFLINE = "offline"  # unreachable, silent, or not recognizing; retried at once
    REFUSED = "refused"  # token, version or certificate: a person must act; retried slowly


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One moment of the link. `since` is Unix seconds: when `state` began.

    `frames_dropped` counts frames that a newer one replaced, here or on the server, while online.
    """

    state: LinkState
    since: float
    message: str
    round_trip_ms: float | None = None
    frames_sent: int = 0
    frames_dropped: int = 0
    results: int = 0

    @property
    def online(self) -> bool:
        return self.state is LinkState.ONLINE


class StatusBoard:
    """The link's threads write, anybody reads; thread-safe. Each change of state is logged once."""

    def __init__(self, message: str) -> None:
        self._lock = threading.Lock()
        self._state = LinkState.CONNECTING
        self._since = time.time()
        self._message = message
        self._round_trip_ms: float | None = None
        self._sent = 0
        self._dropped = 0
        self._results = 0

    def show(self, state: LinkState, message: str, *, level: int = logging.WARNING) -> None:
        """Replaces the state and its message; `level` is that of the log line unless online."""
        with self._lock:
            if (state, message) == (self._state, self._message):
                return
            if state is not self._state:
                self._since = time.time()
            self._state, self._message = state, message
        log.log(logging.INFO if state is LinkState.ONLINE else level, "%s", message)

    def count(
        self,
        *,
        sent: int = 0,
        dropped: int = 0,
        results: int = 0,
        round_trip_s: float | None = None,
    ) -> None:
        with self._lock:
            self._sent += sent
            self._dropped += dropped
            self._results += results
            if round_trip_s is not None:
                self._round_trip_ms = 1000 * round_trip_s

    def status(self) -> LinkStatus:
        with self._lock:
            return LinkStatus(
                state=self._state,
                since=self._since,
                message=self._message,
                round_trip_ms=self._round_trip_ms,
                frames_sent=self._sent,
                frames_dropped=self._dropped,
                results=self._results,
            )
