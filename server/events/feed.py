"""The feed of events: tells every subscriber what has been written, in order.

Nobody who writes an event waits for a subscriber: each has a queue of its own, and one that is full
is emptied and says so once (`RESYNC`). Whoever reads that asks for the present state.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, final

from lookout.server.storage.records import Event
from lookout.server.storage.store import MAX_PAGE, Store

MAX_WAITING = 1000
"""Events that wait for one subscriber."""


@final
class Resync:
    """Events are missing here: `RESYNC` is the only one."""


RESYNC: Final = Resync()


class Subscription:
    """What one subscriber is told. `get` and `close` from any thread."""

    def __init__(
        self,
        types: frozenset[str] | None,
        ready: Callable[[], object],
        closed: Callable[[Subscription], object],
        max_waiting: int,
    ) -> None:
        self._types = types
        self._ready = ready
        self._closed = closed
        self._max_waiting = max_waiting
        self._waiting: deque[Event | Resync] = deque()
        self._changed = threading.Condition()

    def get(self, timeout_s: float) -> Event | Resync | None:
        """The next event, or RESYNC where some are missing; None if nothing came in time."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), timeout_s)
            return self._waiting.popleft() if self._waiting else None

    def close(self) -> None:
        """Ends it; what waits can still be had."""
        self._closed(self)

    def offer(self, event: Event) -> None:
        """Tells it of an event; for the feed alone."""
        if self._types is not None and event.kind not in self._types:
            return
        with self._changed:
            if len(self._waiting) >= self._max_waiting:
                self._waiting.clear()
                self._waiting.append(RESYNC)
            else:
                self._waiting.append(event)
            self._changed.notify()
        self._ready()


class EventFeed:
    """The events of a store as they are written. Any thread."""

    def __init__(self, store: Store, max_waiting: int = MAX_WAITING) -> None:
        """Tells of what is written from now on. Raises StorageError."""
        self._events = store.events
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()
        self._told = self._events.numbers()[1]
        self._events.listen(self._tell)

    def publish(self, event: Event) -> Event:
        """Writes an event and returns it with its number. Inside a transaction subscribers are told
        when that is over, and never if it fails. Raises StorageError.

        `store.events.add` does the same.
        """
        return self._events.add(event)

    def subscribe(
        self, types: frozenset[str] | None = None, ready: Callable[[], object] = lambda: None
    ) -> Subscription:
        """What is written from now on, of these types or of all. `ready` is called, from the thread
        that writes, after each event that was added: it must return at once and not raise."""
        subscription = Subscription(types, ready, self._drop, self._max_waiting)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def look(self) -> None:
        """Tells of what other servers have written. Raises StorageError."""
        self._tell()

    def since(self, number: int, limit: int) -> tuple[Event, ...]:
        """The first events after the one with this number. Raises StorageError."""
        return self._events.since(number, limit)

    def is_whole_since(self, number: int) -> bool:
        """Whether all that was written after the event with this number can still be had, and this
        number was given here. Raises StorageError."""
        oldest, latest = self._events.numbers()
        return oldest - 1 <= number <= latest

    def latest(self) -> int:
        """The number of the latest event. Raises StorageError."""
        return self._events.numbers()[1]

    def _tell(self) -> None:
        with self._lock:  # one at a time, so that everybody is told in order
            while events := self._events.since(self._told, MAX_PAGE):
                for event in events:
                    for subscription in self._subscriptions:
                        subscription.offer(event)
                self._told = events[-1].number

    def _drop(self, subscription: Subscription) -> None:
        with self._lock:
            kept = (other for other in self._subscriptions if other is not subscription)
            self._subscriptions = tuple(kept)
