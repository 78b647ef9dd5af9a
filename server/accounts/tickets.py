"""Tickets: short-lived stand-ins for a key or token, for addresses that can carry no header.

A browser's `<img>` and `WebSocket` send no header of the page's choosing, and a key or token in an
address would end up in histories and logs of proxies. A ticket that does is worthless a minute
later.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from lookout.server.accounts.errors import InvalidToken

TICKET_S = 60.0
"""A request that is under way goes on after it."""
MAX_TICKETS = 1024
"""The oldest makes room."""


class Tickets:
    """The tickets of the last minute, in memory alone. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._secrets: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def make(self, secret: str) -> str:
        """A ticket that stands for this key or token."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            self._secrets[ticket] = (secret, self._clock() + TICKET_S)
            while len(self._secrets) > MAX_TICKETS:
                self._secrets.popitem(last=False)
        return ticket

    def secret_of(self, ticket: str) -> str:
        """The key or token that it stands for. Raises InvalidToken."""
        with self._lock:
            secret, until_s = self._secrets.get(ticket, ("", 0.0))
            if not secret or self._clock() >= until_s:
                self._secrets.pop(ticket, None)
                raise InvalidToken(
                    "this ticket is unknown or older than a minute: get another one with "
                    "POST /api/v1/auth/ticket"
                )
        return secret
