"""Alerts in MongoDB. Those of a person are sealed under their key and go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lookout.server.storage.alert_records import Alert, AlertFilter, Trace
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import (
    MongoTools,
    all_of,
    any_of,
    before,
    given,
    newest_first,
    page_of,
    span,
)
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import NEWEST_NUMBER, OLDEST_NUMBER, Writer
from lookout.server.storage.paging import checked_limit
from lookout.server.storage.records import Page
from lookout.server.storage.rows.alerts import (
    alert_fields,
    read_alert,
    read_trace,
    resealed_alert,
    trace_fields,
)
from lookout.server.storage.store_sharing import Topic
from lookout.server.storage.vault import DataKey

_OPEN = ["pending", "firing", "acknowledged", "suppressed"]
_OVER = ["resolved", "expired"]


class MongoAlerts:
    """`server.storage.store_alerts.Alerts`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def put(self, alert: Alert) -> None:
        with self._tools.database.write() as writer:
            key = self._tools.store_key
            if alert.person is not None:
                key = self._tools.person_key(writer, alert.person)
            fields = alert_fields(alert, key)
            if not writer.update("alerts", {"id": alert.id}, fields):
                writer.insert("alerts", fields)

    def get(self, alert: str) -> Alert:
        with self._tools.database.read() as reader:
            found = self._opened(reader.find("alerts", {"id": alert}))
        if not found:
            raise NotFound(f"there is no alert {alert!r:.60}")
        return next(iter(found.values()))

    def page(
        self, limit: int, cursor: str | None = None, which: AlertFilter | None = None
    ) -> Page[Alert]:
        query = all_of(_conditions(which), before(cursor, "began_s"))
        with self._tools.database.read() as reader:
            rows = reader.find("alerts", query, newest_first("began_s"), checked_limit(limit) + 1)
        opened = self._opened(rows)
        return page_of(rows, limit, ("began_s", "_id"), lambda row: opened.get(row["_id"]))

    def at_hand(self, since_s: float, limit: int) -> tuple[Alert, ...]:
        going_on = {"ended_s": None, "state": {"$in": _OPEN}}
        with self._tools.database.read() as reader:
            rows = reader.find(
                "alerts", {"$or": [{"told_s": {"$gte": since_s}}, going_on]}, NEWEST_NUMBER, limit
            )
        return tuple(reversed(self._opened(rows).values()))

    def add_trace(self, trace: Trace) -> None:
        with self._tools.database.write() as writer:
            if writer.one("alerts", {"id": trace.alert}, ("_id",)) is None:
                raise Conflict(f"what must be there is not: alert {trace.alert!r:.60}")
            writer.insert("alert_traces", trace_fields(trace, self._tools.store_key))

    def traces(self, sighting: str) -> tuple[Trace, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("alert_traces", {"sighting": sighting}, OLDEST_NUMBER)
        return tuple(read_trace(row, self._tools.store_key) for row in rows)

    def version(self) -> int:
        return self._tools.database.number(Topic.ALERTS)

    def delete_before(self, before_s: float, limit: int) -> int:
        over = {"$or": [{"ended_s": {"$ne": None}}, {"state": {"$in": _OVER}}]}
        with self._tools.database.write() as writer:
            rows = writer.find(
                "alerts", {"updated_s": {"$lt": before_s}, **over}, limit=limit, fields=("_id",)
            )
            return delete_alerts(writer, {"_id": {"$in": [row["_id"] for row in rows]}})

    def _opened(self, rows: Sequence[Document]) -> dict[int, Alert]:
        """By number, without those of people who were forgotten since the rows were read."""
        with self._tools.database.read() as reader:
            keys = self._tools.keys_of_people(reader, [row["person"] for row in rows])
        opened: dict[int, Alert] = {}
        for row in rows:
            person = row["person"]
            key = self._tools.store_key if person is None else keys.get(person)
            if key is not None:
                opened[row["_id"]] = read_alert(row, key)
        return opened


def delete_alerts(writer: Writer, query: Mapping[str, Any]) -> int:
    """Removes alerts, their deliveries and traces; returns how many alerts there were."""
    alerts = [row["id"] for row in writer.find("alerts", query, fields=("id",))]
    if alerts:
        writer.delete("deliveries", {"alert": {"$in": alerts}})
        writer.delete("alert_traces", {"alert": {"$in": alerts}})
        writer.delete("alerts", {"id": {"$in": alerts}})
    return len(alerts)


def move_alerts(
    writer: Writer, source: str, target: str, old_key: DataKey, new_key: DataKey
) -> None:
    """The alerts on `source` are alerts on `target`: the two are one person."""
    for row in writer.find("alerts", {"person": source}, fields=("sealed_detail",)):
        changed = resealed_alert(row, old_key, target, new_key)
        writer.update("alerts", {"_id": row["_id"]}, changed)


def _conditions(which: AlertFilter | None) -> dict[str, Any]:
    if which is None:
        return {}
    query = given(
        state=which.state,
        rule=which.rule,
        person=which.person,
        camera=which.camera,
        updated_s=span(which.since_s, None),
    )
    return all_of(query, given(camera=any_of(which.cameras)))
