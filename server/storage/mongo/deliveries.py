"""Deliveries in MongoDB: what waits, what was sent, what was given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lookout.server.storage.alert_records import Delivery
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.documents import NEWEST_NUMBER, OLDEST_NUMBER, Sort
from lookout.server.storage.paging import checked_limit, in_parts
from lookout.server.storage.rows.alerts import delivery_fields, read_delivery

_FIXED = ("id", "alert", "channel", "notice")
_SOONEST: Sort = (("next_s", 1), ("_id", 1))


class MongoDeliveries:
    """`server.storage.store_alerts.Deliveries`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, delivery: Delivery) -> None:
        missing = f"there is no alert {delivery.alert!r:.60} to deliver"
        try:
            with self._tools.database.write() as writer:
                if writer.one("alerts", {"id": delivery.alert}, ("_id",)) is None:
                    raise NotFound(missing)
                writer.insert("deliveries", delivery_fields(delivery, self._tools.store_key))
        except Conflict as error:
            raise NotFound(missing) from error

    def update(self, delivery: Delivery) -> None:
        fields = delivery_fields(delivery, self._tools.store_key)
        changed = {name: value for name, value in fields.items() if name not in _FIXED}
        with self._tools.database.write() as writer:
            if not writer.update("deliveries", {"id": delivery.id}, changed):
                raise NotFound(f"there is no delivery {delivery.id!r:.60}")

    def get(self, delivery: str) -> Delivery:
        found = self._fetch({"id": delivery}, OLDEST_NUMBER, None)
        if not found:
            raise NotFound(f"there is no delivery {delivery!r:.60}")
        return found[0]

    def of(self, alerts: Sequence[str]) -> tuple[Delivery, ...]:
        found: list[Delivery] = []
        for part in in_parts(alerts):
            found += self._fetch({"alert": {"$in": list(part)}}, OLDEST_NUMBER, None)
        return tuple(found)

    def due(self, channel: str, now_s: float, limit: int) -> tuple[Delivery, ...]:
        query = {**_waiting(channel), "next_s": {"$lte": now_s}}
        return self._fetch(query, _SOONEST, checked_limit(limit))

    def next_s(self, channel: str) -> float | None:
        found = self._fetch(_waiting(channel), _SOONEST, 1)
        return found[0].next_s if found else None

    def waiting(self, channel: str) -> int:
        with self._tools.database.read() as reader:
            return reader.count("deliveries", _waiting(channel))

    def dead(self, limit: int) -> tuple[Delivery, ...]:
        return self._fetch({"state": "dead"}, NEWEST_NUMBER, checked_limit(limit))

    def _fetch(
        self, query: Mapping[str, Any], sort: Sort, limit: int | None
    ) -> tuple[Delivery, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("deliveries", query, sort, limit)
        return tuple(read_delivery(row, self._tools.store_key) for row in rows)


def _waiting(channel: str) -> dict[str, str]:
    return {"channel": channel, "state": "waiting"}
