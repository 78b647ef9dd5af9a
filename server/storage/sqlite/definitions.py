"""Rules, lists, zones, fences, channels and silences in SQLite, sealed under the store's key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from lookout.server.storage.alert_records import Definition
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.sqlite.common import Tools


class SqliteDefinitions:
    """`server.storage.store_alerts.Definitions`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def put(self, definition: Definition) -> None:
        sealed = self._tools.store_key.seal_json({**definition.body})
        try:
            with self._tools.database.write() as writer:
                changed = writer.execute(
                    "INSERT INTO definitions (id, kind, sealed) VALUES (?, ?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed "
                    "WHERE kind = excluded.kind",
                    (definition.id, definition.kind, sealed),
                ).rowcount
                if not changed:
                    raise NotFound(f"{definition.id!r:.60} is no {definition.kind}")
                # those that stay are not taken out first: a bound one would take the rest with it
                self._take_out(writer, definition)
                writer.executemany(
                    "INSERT INTO definition_people VALUES (?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET place = excluded.place, bound = excluded.bound",
                    [
                        (definition.id, person, place, definition.bound)
                        for place, person in enumerate(dict.fromkeys(definition.people))
                    ],
                )
        except Conflict as error:
            raise NotFound(f"this {definition.kind} names somebody who is not known") from error

    def get(self, kind: str, definition: str) -> Definition:
        found = self._fetch("kind = ? AND id = ?", kind, definition)
        if not found:
            raise NotFound(f"there is no {kind} {definition!r:.60}")
        return found[0]

    def all(self, kind: str) -> tuple[Definition, ...]:
        return self._fetch("kind = ?", kind)

    def delete(self, kind: str, definition: str) -> None:
        with self._tools.database.write() as writer:
            done = writer.execute(
                "DELETE FROM definitions WHERE kind = ? AND id = ?", (kind, definition)
            )
            if not done.rowcount:
                raise NotFound(f"there is no {kind} {definition!r:.60}")
            self._tools.forget(())

    def version(self) -> int:
        return version_of(self._tools, "definitions")

    def _take_out(self, writer: sqlite3.Connection, definition: Definition) -> None:
        people = set(definition.people)
        rows = writer.execute(
            "SELECT person FROM definition_people WHERE definition = ?", (definition.id,)
        ).fetchall()
        gone = [(definition.id, row["person"]) for row in rows if row["person"] not in people]
        if gone:
            writer.execute(
                "UPDATE definition_people SET bound = 0 WHERE definition = ?", (definition.id,)
            )
        writer.executemany(
            "DELETE FROM definition_people WHERE definition = ? AND person = ?", gone
        )

    def _fetch(self, condition: str, *values: str) -> tuple[Definition, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"SELECT * FROM definitions WHERE {condition} ORDER BY seq", values
            ).fetchall()
            people = reader.execute(
                "SELECT definition, person, bound FROM definition_people WHERE definition IN "
                f"(SELECT id FROM definitions WHERE {condition}) ORDER BY place",
                values,
            ).fetchall()
        return tuple(self._definition(row, people) for row in rows)

    def _definition(self, row: sqlite3.Row, people: Iterable[sqlite3.Row]) -> Definition:
        own = [one for one in people if one["definition"] == row["id"]]
        return Definition(
            id=row["id"],
            kind=row["kind"],
            body=self._tools.store_key.open_mapping(row["sealed"]),
            people=tuple(one["person"] for one in own),
            bound=any(one["bound"] for one in own),
        )


def move_definitions(writer: sqlite3.Connection, source: str, target: str) -> None:
    """What named `source` names `target`: the two are one person."""
    writer.execute(
        "UPDATE OR IGNORE definition_people SET person = ? WHERE person = ?", (target, source)
    )
    # those that name the target already lose the source, and stay
    writer.execute("UPDATE definition_people SET bound = 0 WHERE person = ?", (source,))


def version_of(tools: Tools, what: str) -> int:
    """The number of a table's newest change."""
    with tools.database.read() as reader:
        row = reader.execute("SELECT number FROM alert_versions WHERE what = ?", (what,)).fetchone()
    return int(row["number"])
