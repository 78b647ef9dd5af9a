"""The protocols of events and of the audit log.

What holds for the methods of all of them stands in `server.storage.store`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lookout.server.storage.records import AuditEntry, AuditFilter, Event, EventFilter, Page


class Events(Protocol):
    """What happened, latest first."""

    def add(self, event: Event) -> Event:
        """The event with its number. The latest progress of a sighting or job (`sighting.updated`,
        `job.progress`) takes the place of the one before, and its end that of both."""

    def listen(self, action: Callable[[], object]) -> None:
        """Has `action` called, from then on, whenever events have been written for good: from the
        thread that wrote them, which it must not keep waiting."""

    def since(self, number: int, limit: int, which: EventFilter | None = None) -> tuple[Event, ...]:
        """The first events after the one with this number, oldest first."""

    def numbers(self) -> tuple[int, int]:
        """The number of the oldest event that is there, and of the latest that ever was. Where none
        is there, the first is one more than the second."""

    def unended(self, limit: int) -> tuple[Event, ...]:
        """The latest event of each sighting that has begun or gone on, and has not ended."""

    def page(
        self, limit: int, cursor: str | None = None, which: EventFilter | None = None
    ) -> Page[Event]: ...

    def delete_before(self, before_s: float, limit: int) -> int: ...


class Audit(Protocol):
    """Who did what to whom, latest first."""

    def add(self, entry: AuditEntry) -> None: ...

    def page(
        self, limit: int, cursor: str | None = None, which: AuditFilter | None = None
    ) -> Page[AuditEntry]: ...

    def delete_before(self, before_s: float, limit: int) -> int: ...
