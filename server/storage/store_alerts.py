"""The store's interface for alerts, one protocol a noun, as `storage.store` has it for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lookout.server.storage.alert_records import Alert, AlertFilter, Definition, Delivery, Trace
from lookout.server.storage.records import Page


class DefinitionStore(Protocol):
    """What users have written down, in the order in which they did."""

    def put(self, definition: Definition) -> None:
        """Keeps it, in the place of the one with its id. Raises NotFound where somebody whom it
        names is not there."""

    def get(self, kind: str, definition: str) -> Definition: ...

    def all(self, kind: str) -> tuple[Definition, ...]: ...

    def delete(self, kind: str, definition: str) -> None: ...

    def version(self) -> int:
        """A number that rises with every change of any of them, by any process."""


class Alerts(Protocol):
    """What was told, or would have been, the latest beginning first."""

    def put(self, alert: Alert) -> None:
        """Keeps the newest state. Raises NotFound where its person is not there."""

    def get(self, alert: str) -> Alert: ...

    def page(
        self, limit: int, cursor: str | None = None, which: AlertFilter | None = None
    ) -> Page[Alert]: ...

    def at_hand(self, since_s: float, limit: int) -> tuple[Alert, ...]:
        """The latest of those that go on or were told of since, the oldest beginning first."""

    def add_trace(self, trace: Trace) -> None: ...

    def traces(self, sighting: str) -> tuple[Trace, ...]:
        """What became of a sighting, in the order in which it did."""

    def version(self) -> int:
        """A number that rises whenever an alert is changed, by any process."""

    def delete_before(self, before_s: float, limit: int) -> int:
        """Forgets up to `limit` alerts that are over and were last heard of before."""


class Deliveries(Protocol):
    """Messages for channels, the oldest first."""

    def add(self, delivery: Delivery) -> None: ...

    def update(self, delivery: Delivery) -> None: ...

    def get(self, delivery: str) -> Delivery: ...

    def of(self, alerts: Sequence[str]) -> tuple[Delivery, ...]: ...

    def due(self, channel: str, now_s: float, limit: int) -> tuple[Delivery, ...]:
        """Those that wait for this channel and whose time has come."""

    def next_s(self, channel: str) -> float | None:
        """When the next one that waits for this channel is due, or None."""

    def waiting(self, channel: str) -> int:
        """How many wait for this channel."""

    def dead(self, limit: int) -> tuple[Delivery, ...]:
        """Those that were given up, the latest first."""
