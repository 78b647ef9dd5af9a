"""Events in MongoDB. Those of a person are sealed under their key and go with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lookout.server.storage.errors import Conflict
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
from lookout.server.storage.records import Event, EventFilter, Page
from lookout.server.storage.rows.sightings import (
    PROGRESS,
    REPLACES,
    UPDATED,
    event_fields,
    read_event,
)

_ENDED = "sighting.ended"


class MongoEvents:
    """`server.storage.store_events.Events`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools
        self._listeners: list[Callable[[], object]] = []

    def add(self, event: Event) -> Event:
        try:
            with self._tools.database.write() as writer:
                key = self._tools.store_key
                if event.person is not None:
                    key = self._tools.person_key(writer, event.person)
                _replace_earlier(writer, event)
                number = writer.insert("events", event_fields(event, key))
                for listener in self._listeners:
                    self._tools.database.after_commit(listener)
        except Conflict as error:
            raise Conflict(f"event {event.id} is there already") from error
        return replace(event, number=number)

    def listen(self, action: Callable[[], object]) -> None:
        self._listeners.append(action)

    def page(
        self, limit: int, cursor: str | None = None, which: EventFilter | None = None
    ) -> Page[Event]:
        query = all_of(_conditions(which), before(cursor, "at_s"))
        with self._tools.database.read() as reader:
            rows = reader.find("events", query, newest_first("at_s"), checked_limit(limit) + 1)
        opened = self._opened(rows)
        return page_of(rows, limit, ("at_s", "_id"), lambda row: opened.get(row["_id"]))

    def since(self, number: int, limit: int, which: EventFilter | None = None) -> tuple[Event, ...]:
        query = all_of(_conditions(which), {"_id": {"$gt": number}})
        with self._tools.database.read() as reader:
            rows = reader.find("events", query, OLDEST_NUMBER, checked_limit(limit))
        return tuple(self._opened(rows).values())

    def numbers(self) -> tuple[int, int]:
        with self._tools.database.read() as reader:
            if isinstance(reader, Writer):
                latest = reader.latest("events")
            else:
                latest = self._tools.database.state()["numbers"].get("events", 0)
            first = reader.find("events", {}, OLDEST_NUMBER, 1, fields=("_id",))
        return (first[0]["_id"] if first else latest + 1, latest)

    def unended(self, limit: int) -> tuple[Event, ...]:
        kinds = ["sighting.began", UPDATED, _ENDED]
        with self._tools.database.read() as reader:
            latest = reader.aggregate(
                "events",
                {"$match": {"kind": {"$in": kinds}, "sighting": {"$ne": None}}},
                {"$sort": {"_id": -1}},
                {
                    "$group": {
                        "_id": "$sighting",
                        "number": {"$first": "$_id"},
                        "kind": {"$first": "$kind"},
                    }
                },
                {"$match": {"kind": {"$ne": _ENDED}}},
                {"$sort": {"number": -1}},
                {"$limit": checked_limit(limit)},
            )
            numbers = [row["number"] for row in latest]
            rows = reader.find("events", {"_id": {"$in": numbers}}, NEWEST_NUMBER)
        return tuple(self._opened(rows).values())

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            rows = writer.find("events", {"at_s": {"$lt": before_s}}, limit=limit, fields=("_id",))
            return writer.delete("events", {"_id": {"$in": [row["_id"] for row in rows]}})

    def _opened(self, rows: Sequence[Document]) -> dict[int, Event]:
        """By number, without those of people who were forgotten since the rows were read."""
        with self._tools.database.read() as reader:
            keys = self._tools.keys_of_people(reader, [row["person"] for row in rows])
        opened: dict[int, Event] = {}
        for row in rows:
            person = row["person"]
            key = self._tools.store_key if person is None else keys.get(person)
            if key is not None:
                opened[row["_id"]] = read_event(row, row["_id"], key)
        return opened


def _replace_earlier(writer: Writer, event: Event) -> None:
    earlier = REPLACES.get(event.kind)
    if earlier == UPDATED and event.sighting is not None:
        # one that told of somebody else stays: it is what the old kinds list
        writer.delete("events", {"sighting": event.sighting, "kind": earlier, "old_kind": ""})
    elif earlier == PROGRESS and event.subject:
        writer.delete("events", {"subject": event.subject, "kind": earlier})


def _conditions(which: EventFilter | None) -> dict[str, Any]:
    if which is None:
        return {}
    queries = [
        given(
            camera=which.camera,
            person=which.person,
            subject=which.subject,
            at_s=span(which.since_s, which.until_s),
        )
    ]
    if which.kind is not None:
        queries.append({"$or": [{"kind": which.kind}, {"old_kind": which.kind}]})
    if which.kinds is not None:
        queries.append({"$or": [{field: any_of(which.kinds)} for field in ("kind", "old_kind")]})
    if which.cameras is not None:
        anywhere = {"camera": "", "kind": any_of(which.anywhere)}
        queries.append({"$or": [{"camera": any_of(which.cameras)}, anywhere]})
    if which.subject == "":
        queries.append({"_id": None})  # nothing is about nothing
    return all_of(*queries)
