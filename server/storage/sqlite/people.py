"""People in SQLite: name, identifier and information sealed, found again by keyed hashes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.paging import (
    checked_limit,
    in_parts,
    page_of,
    read_cursor,
    write_cursor,
)
from lookout.server.storage.records import Page, Person
from lookout.server.storage.rows.people import person_fields, read_person, searched_text
from lookout.server.storage.rows.row import Fields
from lookout.server.storage.sqlite.alerts import move_alerts
from lookout.server.storage.sqlite.common import Tools, insert, marks, update
from lookout.server.storage.sqlite.definitions import move_definitions
from lookout.server.storage.sqlite.samples import SqliteSamples

_SELECT = "SELECT people.*, locked FROM people JOIN data_keys k ON k.id = data_key"


class SqlitePeople:
    """`server.storage.store_people.People`."""

    def __init__(self, tools: Tools, samples: SqliteSamples) -> None:
        self._tools = tools
        self._samples = samples

    def add(self, person: Person, place: int | None = None) -> None:
        """place: the number that the person had before; None: the next one."""
        key, locked = self._tools.vault.new_key()
        try:
            with self._tools.database.write() as writer:
                number = self._tools.new_data_key(writer, "person", locked)
                fixed: Fields = {"seq": place, "id": person.id, "data_key": number}
                changing = person_fields(person, key, self._tools.blinder)
                created: Fields = {"created_at": person.created_at}
                insert(writer, "people", fixed | changing | created)
        except Conflict as error:
            raise _taken(person) from error

    def update(self, person: Person) -> None:
        try:
            with self._tools.database.write() as writer:
                key = self._tools.person_key(writer, person.id)
                changed = person_fields(person, key, self._tools.blinder)
                update(writer, "people", changed, "id = ?", person.id)
        except Conflict as error:
            raise _taken(person) from error

    def get(self, person: str) -> Person:
        found = self._fetch("people.id = ?", person)
        if not found:
            raise NotFound(f"there is no person {person!r:.60}")
        return found[0]

    def many(self, people: Sequence[str]) -> tuple[Person, ...]:
        found: list[Person] = []
        for part in in_parts(people):
            found += self._fetch(f"people.id IN ({marks(len(part))})", *part)
        return tuple(found)

    def marks(self) -> Mapping[str, bytes]:
        with self._tools.database.read() as reader:
            # sealing takes a fresh nonce, so what is sealed anew is never the same
            rows = reader.execute("SELECT id, sealed FROM people ORDER BY seq").fetchall()
        return {row["id"]: row["sealed"] for row in rows}

    def find_by_identifier(self, identifier: str) -> Person | None:
        if not identifier.strip():
            return None
        found = self._fetch(
            "identifier_index = ?", self._tools.blinder.text("identifier", identifier)
        )
        return found[0] if found else None

    def find_by_name(self, name: str) -> tuple[Person, ...]:
        return self._fetch("name_index = ?", self._tools.blinder.text("name", name))

    def page(self, limit: int, cursor: str | None = None, text: str = "") -> Page[Person]:
        after = read_cursor(cursor, 1)[0] if cursor else 0
        limit = checked_limit(limit)
        if text:
            return self._search(limit, after, text.casefold())
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit + 1)
            ).fetchall()
        return page_of(rows, limit, ("seq",), self._person)

    def count(self) -> int:
        with self._tools.database.read() as reader:
            (count,) = reader.execute("SELECT count(*) FROM people").fetchone()
        return int(count)

    def merge(self, source: str, target: str) -> None:
        if source == target:
            raise Conflict("a person cannot be merged with themselves")
        with self._tools.database.write() as writer:
            old_key = self._tools.person_key(writer, source)
            new_key = self._tools.person_key(writer, target)
            self._samples.move([s.id for s in self._samples.of(source)], target)
            # a sighting has a key of its own, so it only changes its owner
            writer.execute("UPDATE sightings SET person = ? WHERE person = ?", (target, source))
            events = writer.execute(
                "SELECT seq, sealed_detail FROM events WHERE person = ?", (source,)
            ).fetchall()
            writer.executemany(
                "UPDATE events SET person = ?, sealed_detail = ? WHERE seq = ?",
                [
                    (target, new_key.seal(old_key.open(row["sealed_detail"])), row["seq"])
                    for row in events
                ],
            )
            move_alerts(writer, source, target, old_key, new_key)
            move_definitions(writer, source, target)
            self.delete(source)

    def delete(self, person: str) -> None:
        with self._tools.database.write() as writer:
            crops = writer.execute(
                "SELECT crop FROM samples WHERE person = ?1 AND crop IS NOT NULL "
                "UNION ALL SELECT crop FROM sightings WHERE person = ?1 AND crop IS NOT NULL",
                (person,),
            ).fetchall()
            # samples, sightings, events and alerts go by cascade, the keys by triggers
            if writer.execute("DELETE FROM people WHERE id = ?", (person,)).rowcount == 0:
                raise NotFound(f"there is no person {person!r:.60}")
            self._tools.forget(row["crop"] for row in crops)

    def _search(self, limit: int, after: float, text: str) -> Page[Person]:
        found: list[Person] = []
        while True:
            with self._tools.database.read() as reader:
                rows = reader.execute(
                    f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT 500", (after,)
                ).fetchall()
            for row in rows:
                person = self._person(row)
                if text in searched_text(person):
                    if len(found) == limit:
                        return Page(tuple(found), write_cursor([after]))
                    found.append(person)
                after = row["seq"]
            if not rows:
                return Page(tuple(found), None)

    def _fetch(self, condition: str, *values: str | bytes) -> tuple[Person, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(f"{_SELECT} WHERE {condition} ORDER BY seq", values).fetchall()
        return tuple(self._person(row) for row in rows)

    def _person(self, row: sqlite3.Row) -> Person:
        return read_person(row, self._tools.vault.unlock(row["locked"]))


def _taken(person: Person) -> Conflict:
    return Conflict(
        f"somebody else has the identifier {person.identifier!r:.60}"
        if person.identifier
        else f"there is a person {person.id!r:.60} already"
    )
