"""Events in SQLite. Those of a person are sealed under their key and go with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from lookout.server.storage.errors import Conflict
from lookout.server.storage.paging import checked_limit, page_of, read_cursor
from lookout.server.storage.records import Event, EventFilter, Page
from lookout.server.storage.rows.sightings import (
    PROGRESS,
    REPLACES,
    UPDATED,
    event_fields,
    read_event,
)
from lookout.server.storage.sqlite.common import Tools, Where, insert, marks

_SELECT = """SELECT e.*, locked FROM events e
    LEFT JOIN people p ON p.id = e.person LEFT JOIN data_keys k ON k.id = p.data_key"""


class SqliteEvents:
    """`server.storage.store_events.Events`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._listeners: list[Callable[[], object]] = []

    def add(self, event: Event) -> Event:
        try:
            with self._tools.database.write() as writer:
                key = self._tools.store_key
                if event.person is not None:
                    key = self._tools.person_key(writer, event.person)
                _replace_earlier(writer, event)
                number = insert(writer, "events", event_fields(event, key))
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
        where = _where(which)
        if cursor:
            where.add("(e.at_s, e.seq) < (?, ?)", *read_cursor(cursor, 2))
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} {where.sql} ORDER BY e.at_s DESC, e.seq DESC LIMIT ?",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        return page_of(rows, limit, ("at_s", "seq"), self._event)

    def since(self, number: int, limit: int, which: EventFilter | None = None) -> tuple[Event, ...]:
        where = _where(which)
        where.add("e.seq > ?", number)
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} {where.sql} ORDER BY e.seq LIMIT ?",
                (*where.parameters, checked_limit(limit)),
            ).fetchall()
        return tuple(map(self._event, rows))

    def numbers(self) -> tuple[int, int]:
        with self._tools.database.read() as reader:
            row = reader.execute(
                "SELECT (SELECT min(seq) FROM events), "
                "(SELECT seq FROM sqlite_sequence WHERE name = 'events')"
            ).fetchone()
        latest = row[1] or 0
        return (row[0] or latest + 1, latest)

    def unended(self, limit: int) -> tuple[Event, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} WHERE e.seq IN (SELECT max(seq) FROM events "
                f"WHERE kind IN ('sighting.began', '{UPDATED}', 'sighting.ended') "
                "AND sighting IS NOT NULL GROUP BY sighting) "
                "AND e.kind <> 'sighting.ended' ORDER BY e.seq DESC LIMIT ?",
                (checked_limit(limit),),
            ).fetchall()
        return tuple(map(self._event, rows))

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            deleted = writer.execute(
                "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE at_s < ? LIMIT ?)",
                (before_s, limit),
            ).rowcount
            self._tools.forget(())
        return deleted

    def _event(self, row: sqlite3.Row) -> Event:
        key = self._tools.store_key
        if row["locked"] is not None:
            key = self._tools.vault.unlock(row["locked"])
        return read_event(row, row["seq"], key)


def _replace_earlier(writer: sqlite3.Connection, event: Event) -> None:
    earlier = REPLACES.get(event.kind)
    if earlier == UPDATED and event.sighting is not None:
        # one that told of somebody else stays: it is what the old kinds list
        writer.execute(
            "DELETE FROM events WHERE sighting = ? AND kind = ? AND old_kind = ''",
            (event.sighting, earlier),
        )
    elif earlier == PROGRESS and event.subject:
        writer.execute(
            "DELETE FROM events WHERE subject = ? AND subject <> '' AND kind = ?",
            (event.subject, earlier),
        )


def _where(which: EventFilter | None) -> Where:
    where = Where()
    if which is None:
        return where
    where.add_given(
        {
            "? IN (e.kind, e.old_kind)": which.kind,
            "e.camera = ?": which.camera,
            "e.person = ?": which.person,
            "e.subject <> '' AND e.subject = ?": which.subject,
            "e.at_s >= ?": which.since_s,
            "e.at_s <= ?": which.until_s,
        }
    )
    if which.kinds is not None:
        of = marks(len(which.kinds))
        where.add(f"(e.kind IN ({of}) OR e.old_kind IN ({of}))", *which.kinds, *which.kinds)
    if which.cameras is not None:
        where.add(
            f"(e.camera IN ({marks(len(which.cameras))}) "
            f"OR e.camera = '' AND e.kind IN ({marks(len(which.anywhere))}))",
            *which.cameras,
            *which.anywhere,
        )
    return where
