"""The hub between the feed of events and the clients that listen over sockets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from lookout.server.accounts.scopes import Principal
from lookout.server.api.errors.api_error import Overloaded
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import RESYNC, EventFeed, Resync, Subscription
from lookout.server.sockets.listener import Listener, WrittenEvent
from lookout.server.storage.errors import StorageError
from lookout.server.storage.records import Event

log = logging.getLogger(__name__)

MAX_LISTENERS = 128
"""Clients of all kinds together."""
MAX_BATCH = 100
"""Events that are written as envelopes at a time."""


class Hub:
    """Tells every listener what happens. The event loop's thread only.

    It listens to the feed, with a task of its own, for as long as somebody listens to it.
    """

    def __init__(self, feed: EventFeed, envelopes: EnvelopeMaker) -> None:
        self.feed = feed
        self._envelopes = envelopes
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, principal: Principal) -> Listener:
        """A listener that is told everything from now on; `leave` ends it. Raises Overloaded."""
        self.require_room()
        if self._task is None or self._task.done():
            loop, written = asyncio.get_running_loop(), asyncio.Event()

            def wake() -> None:
                with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody listens
                    loop.call_soon_threadsafe(written.set)

            subscription = self.feed.subscribe(ready=wake)
            self._task = asyncio.create_task(self._tell(subscription, written), name="events")
        listener = Listener(principal)
        self._listeners.add(listener)
        return listener

    def require_room(self) -> None:
        """Raises Overloaded where nobody else can listen."""
        if len(self._listeners) >= MAX_LISTENERS:
            raise Overloaded(f"{MAX_LISTENERS} clients are listening; try again later", 30.0)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def missed(self, number: int, limit: int) -> list[WrittenEvent]:
        """The first events after the one with this number. Raises StorageError."""
        return await asyncio.to_thread(lambda: self._write(self.feed.since(number, limit)))

    async def _tell(self, subscription: Subscription, written: asyncio.Event) -> None:
        try:
            while True:
                await written.wait()
                written.clear()
                while batch := _taken(subscription):
                    for one in await self._written(batch):
                        for listener in self._listeners:
                            listener.offer(one)
        finally:
            subscription.close()

    async def _written(self, batch: Sequence[Event | Resync]) -> Sequence[WrittenEvent | Resync]:
        events = [one for one in batch if isinstance(one, Event)]
        try:
            written = await asyncio.to_thread(self._write, events)
        except StorageError as error:
            log.warning("events could not be told, and clients ask anew: %s", error)
            return [RESYNC]
        missing = [RESYNC] if len(events) < len(batch) else []
        return [*missing, *written]

    def _write(self, events: Sequence[Event]) -> list[WrittenEvent]:
        envelopes = self._envelopes.of_all(events)
        return [WrittenEvent(*pair) for pair in zip(events, envelopes, strict=True)]


def _taken(subscription: Subscription) -> list[Event | Resync]:
    """What waits, up to MAX_BATCH."""
    taken: list[Event | Resync] = []
    while len(taken) < MAX_BATCH and (one := subscription.get(0.0)) is not None:
        taken.append(one)
    return taken
