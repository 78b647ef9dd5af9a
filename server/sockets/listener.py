"""One client's messages, as they wait for it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from lookout.server.accounts.scopes import Principal
from lookout.server.events.feed import RESYNC, Resync
from lookout.server.events.rights import may_see_at
from lookout.server.storage.records import Event

MAX_WAITING = 1000
"""Messages that wait for one client."""


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """An event and its envelope, written once for all clients."""

    event: Event
    envelope: dict[str, Any] = field(repr=False)

    def is_for(self, principal: Principal) -> bool:
        """Whether the principal may know of it."""
        return may_see_at(principal, self.event, self.envelope["camera"])


class Listener:
    """The event loop's thread only. `principal` is who listens, with the rights of now."""

    def __init__(self, principal: Principal, max_waiting: int = MAX_WAITING) -> None:
        self.principal = principal
        self._max_waiting = max_waiting
        self._waiting: deque[WrittenEvent | Resync] = deque()
        self._changed = asyncio.Event()

    def offer(self, written: WrittenEvent | Resync) -> None:
        """Lets it wait for the client, if it is for them. One too many, and all of them make room
        for RESYNC."""
        if isinstance(written, WrittenEvent) and not written.is_for(self.principal):
            return
        if len(self._waiting) >= self._max_waiting:
            self._waiting.clear()
            written = RESYNC
        self._waiting.append(written)
        self._changed.set()

    async def get(self) -> WrittenEvent | Resync:
        """The next one, as soon as there is one."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()
