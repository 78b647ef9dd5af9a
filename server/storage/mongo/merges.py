"""Merges of people in MongoDB, and the way back: documents are written down by number before they
move.

A number is never used again, so what was deleted since is nobody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.merge_records import Merge
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import NEWEST_NUMBER, Reader, Writer
from lookout.server.storage.mongo.people import MongoPeople
from lookout.server.storage.mongo.samples import MongoSamples
from lookout.server.storage.mongo.sighting_rows import change_sightings
from lookout.server.storage.paging import in_parts
from lookout.server.storage.records import Person, new_id
from lookout.server.storage.rows.merges import merge_fields, read_merge, written_person

_SEALED = {"events": "sealed_detail", "alerts": "sealed_detail", "merges": "sealed"}
"""The collections whose documents are sealed under a person's key, and the field that is."""
_COLLECTIONS = ("samples", "sightings", *_SEALED)


class MongoMerges:
    """`server.storage.merge_records.Merges`."""

    def __init__(self, tools: MongoTools, people: MongoPeople, samples: MongoSamples) -> None:
        self._tools = tools
        self._people = people
        self._samples = samples

    def make(
        self, source: str, target: str, at_s: float, rejections: Sequence[float] = ()
    ) -> Merge:
        with self._tools.database.write() as writer:
            gone = self._people.get(source)
            before: dict[str, Any] = {
                "person": _written(writer, gone),
                "rejections": list(rejections),
                "definitions": _definitions(writer, source, target),
                **{name: _numbers_of(writer, name, source) for name in _COLLECTIONS},
            }
            self._give(writer, "merges", before["merges"], source, target)
            self._people.merge(source, target)
            made = Merge(f"mrg_{new_id()}", gone, target, at_s, tuple(rejections))
            key = self._tools.person_key(writer, target)
            writer.insert("merges", merge_fields(made, before, key))
        return made

    def of(self, person: str) -> tuple[Merge, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("merges", {"person": person}, NEWEST_NUMBER)
            return tuple(read_merge(row, self._opened(reader, row)) for row in rows)

    def take_back(self, merge: str) -> Merge:
        with self._tools.database.write() as writer:
            row = writer.one("merges", {"id": merge})
            if row is None:
                raise NotFound(f"there is no merge {merge!r:.60} that could be taken back")
            latest = self.of(row["person"])[0]
            if latest.id != merge:
                raise Conflict(
                    f"{latest.gone.name} was merged into this person later: take that back first"
                )
            before = self._opened(writer, row)
            found = read_merge(row, before)
            writer.delete("merges", {"id": merge})
            self._people.add(found.gone, before["person"]["place"])
            self._give_back(writer, before, found)
        return found

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            rows = writer.find("merges", {"at_s": {"$lt": before_s}}, limit=limit, fields=("_id",))
            return writer.delete("merges", {"_id": {"$in": [row["_id"] for row in rows]}})

    def _give_back(self, writer: Writer, before: dict[str, Any], merge: Merge) -> None:
        source, target = merge.gone.id, merge.stays
        samples = _still_of(writer, "samples", before["samples"], target)
        self._samples.move([row["id"] for row in samples], source)
        for part in in_parts(before["sightings"]):
            theirs = {"_id": {"$in": list(part)}, "person": target}
            change_sightings(writer, theirs, {"person": source})
        for name in _SEALED:
            self._give(writer, name, before[name], target, source)
        writer.update(
            "alerts",
            {"person": source, "subject": f"person:{target}"},
            {"subject": f"person:{source}"},
        )
        for one in before["definitions"]:
            _give_definition_back(writer, one, source, target)

    def _give(
        self, writer: Writer, name: str, numbers: Sequence[int], source: str, target: str
    ) -> None:
        """Gives those of these documents that are `source`'s to `target`, sealed anew."""
        old_key = self._tools.person_key(writer, source)
        new_key = self._tools.person_key(writer, target)
        field = _SEALED[name]
        for row in _still_of(writer, name, numbers, source):
            sealed = new_key.seal(old_key.open(row[field]))
            writer.update(name, {"_id": row["_id"]}, {"person": target, field: sealed})

    def _opened(self, reader: Reader, row: Document) -> dict[str, Any]:
        key = self._tools.person_key(reader, row["person"])
        return {**key.open_mapping(row["sealed"])}


def _numbers_of(writer: Writer, name: str, person: str) -> list[int]:
    return [row["_id"] for row in writer.find(name, {"person": person}, fields=("_id",))]


def _still_of(writer: Writer, name: str, numbers: Sequence[int], person: str) -> list[Document]:
    found: list[Document] = []
    for part in in_parts(numbers):
        found += writer.find(name, {"_id": {"$in": list(part)}, "person": person})
    return found


def _definitions(writer: Writer, source: str, target: str) -> list[dict[str, object]]:
    """The lists and silences that name `source`; `both`: they name `target`, too."""
    rows = writer.find("definition_people", {"person": source})
    others = writer.find("definition_people", {"person": target}, fields=("definition",))
    theirs = {row["definition"] for row in others}
    return [
        {
            "definition": row["definition"],
            "place": row["place"],
            "bound": row["bound"],
            "both": row["definition"] in theirs,
        }
        for row in rows
    ]


def _give_definition_back(writer: Writer, one: dict[str, Any], source: str, target: str) -> None:
    """Whoever has taken the target off the list since has meant both."""
    definition = one["definition"]
    kept = writer.one("definition_people", {"definition": definition, "person": target})
    there = writer.one("definition_people", {"definition": definition, "person": source})
    if kept is None or there is not None:
        return
    fields = {"definition": definition, "person": source}
    if one["both"]:
        place = {"place": one["place"], "bound": int(one["bound"])}
    else:
        place = {"place": kept["place"], "bound": kept["bound"]}
        writer.delete("definition_people", {"_id": kept["_id"]})
    writer.insert("definition_people", fields | place)


def _written(writer: Writer, person: Person) -> dict[str, object]:
    row = writer.one("people", {"id": person.id}, ("_id",))
    return written_person(person, 0 if row is None else row["_id"])
