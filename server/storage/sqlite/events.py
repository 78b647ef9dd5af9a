"""Events in SQLite. Those of a person are sealed under their key and go with them."""

from __future__ import annotations

import sqlite3

from lookout.server.storage.errors import Conflict
from lookout.server.storage.records import Event, EventFilter, Page
from lookout.server.storage.sqlite.common import Tools, Where, checked_limit, page_of, read_cursor

_SELECT = """SELECT e.*, locked FROM events e
    LEFT JOIN people p ON p.id = e.person LEFT JOIN data_keys k ON k.id = p.data_key"""


class SqliteEvents:
    """`server.storage.store.Events`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, event: Event) -> None:
        try:
            with self._tools.database.write() as writer:
                key = self._tools.store_key
                if event.person is not None:
                    key = self._tools.person_key(writer, event.person)
                writer.execute(
                    "INSERT INTO events (id, kind, at_s, camera, person, sighting, sealed_detail) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        event.id,
                        event.kind,
                        event.at_s,
                        event.camera,
                        event.person,
                        event.sighting,
                        key.seal_json({**event.detail}),
                    ),
                )
        except Conflict as error:
            raise Conflict(f"event {event.id} is there already") from error

    def page(
        self, limit: int, cursor: str | None = None, which: EventFilter | None = None
    ) -> Page[Event]:
        where = Where()
        if which is not None:
            where.add_given(
                {
                    "e.kind = ?": which.kind,
                    "e.camera = ?": which.camera,
                    "e.person = ?": which.person,
                    "e.at_s >= ?": which.since_s,
                    "e.at_s <= ?": which.until_s,
                }
            )
        if cursor:
            where.add("(e.at_s, e.seq) < (?, ?)", *read_cursor(cursor, 2))
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} {where.sql} ORDER BY e.at_s DESC, e.seq DESC LIMIT ?",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        return page_of(rows, limit, ("at_s", "seq"), self._event)

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
        return Event(
            id=row["id"],
            kind=row["kind"],
            at_s=row["at_s"],
            camera=row["camera"],
            person=row["person"],
            sighting=row["sighting"],
            detail=key.open_mapping(row["sealed_detail"]),
        )
