"""People in MongoDB: name, identifier and information sealed, found again by keyed hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.alerts import delete_alerts, move_alerts
from lookout.server.storage.mongo.common import MongoTools, page_of
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.definitions import forget_person, move_definitions
from lookout.server.storage.mongo.documents import OLDEST_NUMBER, Writer
from lookout.server.storage.mongo.samples import MongoSamples
from lookout.server.storage.mongo.sighting_rows import change_sightings, delete_sightings
from lookout.server.storage.paging import checked_limit, in_parts, read_cursor, write_cursor
from lookout.server.storage.records import Page, Person
from lookout.server.storage.rows.people import person_fields, read_person, searched_text
from lookout.server.storage.rows.row import Fields

_SEARCHED_AT_ONCE = 500


class MongoPeople:
    """`server.storage.store_people.People`."""

    def __init__(self, tools: MongoTools, samples: MongoSamples) -> None:
        self._tools = tools
        self._samples = samples

    def add(self, person: Person, place: int | None = None) -> None:
        """place: the number that the person had before; None: the next one."""
        key, locked = self._tools.vault.new_key()
        try:
            with self._tools.database.write() as writer:
                number = self._tools.new_data_key(writer, "person", locked)
                fixed: Fields = {
                    "id": person.id,
                    "data_key": number,
                    "created_at": person.created_at,
                }
                fields = fixed | person_fields(person, key, self._tools.blinder)
                writer.insert("people", fields, place)
        except Conflict as error:
            raise _taken(person) from error

    def update(self, person: Person) -> None:
        try:
            with self._tools.database.write() as writer:
                key = self._tools.person_key(writer, person.id)
                changed = person_fields(person, key, self._tools.blinder)
                writer.update("people", {"id": person.id}, changed)
        except Conflict as error:
            raise _taken(person) from error

    def get(self, person: str) -> Person:
        found = self._fetch({"id": person})
        if not found:
            raise NotFound(f"there is no person {person!r:.60}")
        return found[0]

    def many(self, people: Sequence[str]) -> tuple[Person, ...]:
        found: list[Person] = []
        for part in in_parts(people):
            found += self._fetch({"id": {"$in": list(part)}})
        return tuple(found)

    def marks(self) -> Mapping[str, bytes]:
        with self._tools.database.read() as reader:
            # sealing takes a fresh nonce, so what is sealed anew is never the same
            found = reader.find("people", {}, OLDEST_NUMBER, fields=("id", "sealed"))
        return {row["id"]: row["sealed"] for row in found}

    def find_by_identifier(self, identifier: str) -> Person | None:
        if not identifier.strip():
            return None
        index = self._tools.blinder.text("identifier", identifier)
        found = self._fetch({"identifier_index": index})
        return found[0] if found else None

    def find_by_name(self, name: str) -> tuple[Person, ...]:
        return self._fetch({"name_index": self._tools.blinder.text("name", name)})

    def page(self, limit: int, cursor: str | None = None, text: str = "") -> Page[Person]:
        after = read_cursor(cursor, 1)[0] if cursor else 0
        limit = checked_limit(limit)
        if text:
            return self._search(limit, after, text.casefold())
        with self._tools.database.read() as reader:
            rows = reader.find("people", {"_id": {"$gt": after}}, OLDEST_NUMBER, limit + 1)
        people = {row["_id"]: person for row, person in self._opened(rows)}
        return page_of(rows, limit, ("_id",), lambda row: people.get(row["_id"]))

    def count(self) -> int:
        with self._tools.database.read() as reader:
            return reader.count("people", {})

    def merge(self, source: str, target: str) -> None:
        if source == target:
            raise Conflict("a person cannot be merged with themselves")
        with self._tools.database.write() as writer:
            old_key = self._tools.person_key(writer, source)
            new_key = self._tools.person_key(writer, target)
            self._samples.move([s.id for s in self._samples.of(source)], target)
            # a sighting has a key of its own, so it only changes its owner
            change_sightings(writer, {"person": source}, {"person": target})
            for row in writer.find("events", {"person": source}, fields=("sealed_detail",)):
                sealed = new_key.seal(old_key.open(row["sealed_detail"]))
                writer.update(
                    "events", {"_id": row["_id"]}, {"person": target, "sealed_detail": sealed}
                )
            move_alerts(writer, source, target, old_key, new_key)
            move_definitions(writer, source, target)
            self.delete(source)

    def delete(self, person: str) -> None:
        with self._tools.database.write() as writer:
            row = writer.one("people", {"id": person}, ("data_key",))
            if row is None:
                raise NotFound(f"there is no person {person!r:.60}")
            self._delete_all_of(writer, person)
            writer.delete("people", {"id": person})
            writer.doomed.append(row["data_key"])

    def _delete_all_of(self, writer: Writer, person: str) -> None:
        theirs = {"person": person}
        samples = writer.find("samples", theirs, fields=("crop",))
        self._tools.crops_after_commit(row["crop"] for row in samples)
        writer.delete("samples", theirs)
        delete_sightings(self._tools, writer, theirs)
        writer.delete("events", theirs)
        writer.delete("merges", theirs)
        writer.delete("visits", theirs)
        delete_alerts(writer, theirs)
        forget_person(writer, person)

    def _search(self, limit: int, after: float, text: str) -> Page[Person]:
        found: list[Person] = []
        while True:
            with self._tools.database.read() as reader:
                rows = reader.find(
                    "people", {"_id": {"$gt": after}}, OLDEST_NUMBER, _SEARCHED_AT_ONCE
                )
            for row, person in self._opened(rows):
                if text in searched_text(person):
                    if len(found) == limit:
                        return Page(tuple(found), write_cursor([after]))
                    found.append(person)
                after = row["_id"]
            if not rows:
                return Page(tuple(found), None)
            after = rows[-1]["_id"]

    def _fetch(self, query: Mapping[str, Any]) -> tuple[Person, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("people", query, OLDEST_NUMBER)
        return tuple(person for _, person in self._opened(rows))

    def _opened(self, rows: Sequence[Document]) -> list[tuple[Document, Person]]:
        """Without those who were forgotten since the rows were read."""
        keys = self._tools.keys(rows)
        return [
            (row, read_person(row, keys[row["data_key"]]))
            for row in rows
            if row["data_key"] in keys
        ]


def _taken(person: Person) -> Conflict:
    return Conflict(
        f"somebody else has the identifier {person.identifier!r:.60}"
        if person.identifier
        else f"there is a person {person.id!r:.60} already"
    )
