"""Rules, lists, zones, fences, channels and silences in MongoDB, sealed under the store's key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.server.storage.alert_records import Definition
from lookout.server.storage.errors import NotFound
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.documents import OLDEST_NUMBER, Writer
from lookout.server.storage.store_sharing import Topic


class MongoDefinitions:
    """`server.storage.store_alerts.DefinitionStore`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def put(self, definition: Definition) -> None:
        sealed = self._tools.store_key.seal_json({**definition.body})
        people = list(dict.fromkeys(definition.people))
        with self._tools.database.write() as writer:
            if writer.count("people", {"id": {"$in": people}}) < len(people):
                raise NotFound(f"this {definition.kind} names somebody who is not known")
            known = writer.one("definitions", {"id": definition.id}, ("kind",))
            if known is None:
                fields = {"id": definition.id, "kind": definition.kind, "sealed": sealed}
                writer.insert("definitions", fields)
            elif known["kind"] != definition.kind:
                raise NotFound(f"{definition.id!r:.60} is no {definition.kind}")
            else:
                writer.update("definitions", {"id": definition.id}, {"sealed": sealed})
            self._put_people(writer, definition, people)

    def get(self, kind: str, definition: str) -> Definition:
        found = self._fetch({"kind": kind, "id": definition})
        if not found:
            raise NotFound(f"there is no {kind} {definition!r:.60}")
        return found[0]

    def all(self, kind: str) -> tuple[Definition, ...]:
        return self._fetch({"kind": kind})

    def delete(self, kind: str, definition: str) -> None:
        with self._tools.database.write() as writer:
            if not writer.delete("definitions", {"kind": kind, "id": definition}):
                raise NotFound(f"there is no {kind} {definition!r:.60}")
            writer.delete("definition_people", {"definition": definition})

    def version(self) -> int:
        return self._tools.database.number(Topic.RULES)

    def _put_people(self, writer: Writer, definition: Definition, people: list[str]) -> None:
        own = {"definition": definition.id}
        writer.delete("definition_people", own)
        for place, person in enumerate(people):
            fields = {"person": person, "place": place, "bound": int(definition.bound)}
            writer.insert("definition_people", {**own, **fields})

    def _fetch(self, query: Mapping[str, Any]) -> tuple[Definition, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("definitions", query, OLDEST_NUMBER)
            ids = [row["id"] for row in rows]
            people = reader.find("definition_people", {"definition": {"$in": ids}}, (("place", 1),))
        return tuple(
            Definition(
                id=row["id"],
                kind=row["kind"],
                body=self._tools.store_key.open_mapping(row["sealed"]),
                people=tuple(one["person"] for one in people if one["definition"] == row["id"]),
                bound=any(one["bound"] for one in people if one["definition"] == row["id"]),
            )
            for row in rows
        )


def move_definitions(writer: Writer, source: str, target: str) -> None:
    """What named `source` names `target`: the two are one person."""
    for row in writer.find("definition_people", {"person": source}):
        old = {"_id": row.pop("_id")}
        already = {"definition": row["definition"], "person": target}
        if writer.one("definition_people", already, ("_id",)) is None:
            writer.delete("definition_people", old)
            writer.insert("definition_people", {**row, "person": target})
        else:  # it names the target already: it loses the source, and stays
            writer.update("definition_people", old, {"bound": 0})


def forget_person(writer: Writer, person: str) -> None:
    """Takes somebody off all lists; what is bound to them goes with them: a silence of a person
    who is forgotten would silence nobody, or, without a name, everybody."""
    rows = writer.find("definition_people", {"person": person})
    writer.delete("definition_people", {"person": person})
    bound = [row["definition"] for row in rows if row["bound"]]
    if bound:
        writer.delete("definitions", {"id": {"$in": bound}})
        writer.delete("definition_people", {"definition": {"$in": bound}})
