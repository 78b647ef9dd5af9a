"""Deliveries in SQLite: what waits, what was sent, what was given up."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.server.storage.alert_records import Delivery
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.paging import checked_limit, in_parts
from lookout.server.storage.rows.alerts import delivery_fields, read_delivery
from lookout.server.storage.sqlite.common import Tools, insert, marks, update

_FIXED = ("id", "alert", "channel", "notice")


class SqliteDeliveries:
    """`server.storage.store_alerts.Deliveries`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, delivery: Delivery) -> None:
        try:
            with self._tools.database.write() as writer:
                insert(writer, "deliveries", delivery_fields(delivery, self._tools.store_key))
        except Conflict as error:
            raise NotFound(f"there is no alert {delivery.alert!r:.60} to deliver") from error

    def update(self, delivery: Delivery) -> None:
        fields = delivery_fields(delivery, self._tools.store_key)
        changed = {name: value for name, value in fields.items() if name not in _FIXED}
        with self._tools.database.write() as writer:
            found = update(writer, "deliveries", changed, "id = ?", delivery.id)
        if not found:
            raise NotFound(f"there is no delivery {delivery.id!r:.60}")

    def get(self, delivery: str) -> Delivery:
        found = self._fetch("WHERE id = ?", delivery)
        if not found:
            raise NotFound(f"there is no delivery {delivery!r:.60}")
        return found[0]

    def of(self, alerts: Sequence[str]) -> tuple[Delivery, ...]:
        found: list[Delivery] = []
        for part in in_parts(alerts):
            found += self._fetch(f"WHERE alert IN ({marks(len(part))}) ORDER BY seq", *part)
        return tuple(found)

    def due(self, channel: str, now_s: float, limit: int) -> tuple[Delivery, ...]:
        return self._fetch(
            "WHERE channel = ? AND state = 'waiting' AND next_s <= ? ORDER BY next_s, seq LIMIT ?",
            channel,
            now_s,
            checked_limit(limit),
        )

    def next_s(self, channel: str) -> float | None:
        with self._tools.database.read() as reader:
            row = reader.execute(
                "SELECT min(next_s) FROM deliveries WHERE channel = ? AND state = 'waiting'",
                (channel,),
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def waiting(self, channel: str) -> int:
        with self._tools.database.read() as reader:
            (count,) = reader.execute(
                "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'waiting'",
                (channel,),
            ).fetchone()
        return int(count)

    def dead(self, limit: int) -> tuple[Delivery, ...]:
        return self._fetch("WHERE state = 'dead' ORDER BY seq DESC LIMIT ?", checked_limit(limit))

    def _fetch(self, condition: str, *values: str | float) -> tuple[Delivery, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(f"SELECT * FROM deliveries {condition}", values).fetchall()
        return tuple(read_delivery(row, self._tools.store_key) for row in rows)
