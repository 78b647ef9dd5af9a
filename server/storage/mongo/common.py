"""What the nouns of the MongoDB store share: their tools and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookout.server.storage.crops import CropStore
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.database import MongoDatabase
from lookout.server.storage.mongo.documents import Reader, Writer
from lookout.server.storage.paging import in_parts, read_cursor, write_cursor
from lookout.server.storage.records import Page, T
from lookout.server.storage.vault import Blinder, DataKey, Vault


@dataclass(frozen=True, slots=True)
class MongoTools:
    """What every noun works with. `store_key` seals what belongs to no person."""

    database: MongoDatabase
    vault: Vault
    crops: CropStore
    store_key: DataKey
    blinder: Blinder

    def new_data_key(self, writer: Writer, purpose: str, locked: bytes) -> int:
        """Keeps a locked data key, outside MongoDB; returns its number."""
        number = self.database.keys.add(purpose, locked)
        writer.made.append(number)
        return number

    def person_key(self, reader: Reader, person: str) -> DataKey:
        """The data key of a person. Raises NotFound."""
        found = reader.one("people", {"id": person}, ("data_key",))
        key = None if found is None else self.key(found["data_key"])
        if key is None:
            raise NotFound(f"there is no person {person!r:.60}")
        return key

    def key(self, number: int) -> DataKey | None:
        """A data key; None where it has been destroyed."""
        locked = self.database.keys.locked(number)
        return None if locked is None else self.vault.unlock(locked)

    def keys(self, documents: Iterable[Document]) -> dict[int, DataKey]:
        """The data keys of these documents that are there, by number."""
        numbers = sorted({document["data_key"] for document in documents})
        locked = self.database.keys.many(numbers)
        return {number: self.vault.unlock(key) for number, key in locked.items()}

    def keys_of_people(self, reader: Reader, people: Iterable[str | None]) -> dict[str, DataKey]:
        """The data keys of those of these people who are there."""
        found: list[Document] = []
        for part in in_parts(sorted({person for person in people if person is not None})):
            found += reader.find("people", {"id": {"$in": list(part)}}, fields=("id", "data_key"))
        keys = self.keys(found)
        return {one["id"]: keys[one["data_key"]] for one in found if one["data_key"] in keys}

    def crops_after_commit(self, crops: Iterable[str | None]) -> None:
        """Removes crops once the transaction that is open is safe."""
        names = [crop for crop in crops if crop]
        if names:
            self.database.after_commit(lambda: self.crops.remove(names))


def require_person(writer: Writer, person: str | None) -> None:
    """Raises Conflict where somebody is named who is not there."""
    if person is not None and writer.one("people", {"id": person}, ("_id",)) is None:
        raise Conflict(f"what must be there is not: person {person!r:.60}")


def given(**conditions: object) -> dict[str, Any]:
    """The conditions whose values are not None."""
    return {field: value for field, value in conditions.items() if value is not None}


def span(since: float | None, until: float | None) -> dict[str, float] | None:
    """A condition on a time, or None; both ends count."""
    bounds = given(**{"$gte": since, "$lte": until})
    return bounds or None


def any_of(values: Sequence[str] | None) -> dict[str, list[str]] | None:
    """A condition that one of these is it, or None."""
    return None if values is None else {"$in": list(values)}


def all_of(*queries: Mapping[str, Any]) -> dict[str, Any]:
    """The query for what matches each of these."""
    few = [dict(query) for query in queries if query]
    return few[0] if len(few) == 1 else {"$and": few} if few else {}


def before(cursor: str | None, field: str) -> dict[str, Any]:
    """The query for what follows a cursor in the order of a field, then the number, falling."""
    if not cursor:
        return {}
    value, number = read_cursor(cursor, 2)
    return {"$or": [{field: {"$lt": value}}, {field: value, "_id": {"$lt": number}}]}


def newest_first(field: str) -> tuple[tuple[str, int], ...]:
    return ((field, -1), ("_id", -1))


def page_of(
    rows: Sequence[Document],
    limit: int,
    order: Sequence[str],
    record: Callable[[Document], T | None],
) -> Page[T]:
    """The page that `limit + 1` fetched documents make, without those that `record` has none for:
    what they are sealed with was destroyed after they were read."""
    items = tuple(one for row in rows[:limit] if (one := record(row)) is not None)
    if len(rows) <= limit:
        return Page(items, None)
    return Page(items, write_cursor([rows[limit - 1][field] for field in order]))


def best_pictures(
    tools: MongoTools, collection: str, people: Sequence[str], cameras: Sequence[str] | None = None
) -> dict[str, str]:
    """Of each of these people the document with the best picture, newest of the equal."""
    found: dict[str, str] = {}
    with tools.database.read() as reader:
        for part in in_parts(people):
            rows = reader.find(
                collection,
                {"person": {"$in": list(part)}, "crop": {"$ne": None}}
                | given(camera=any_of(cameras)),
                fields=("person", "id", "quality"),
            )
            rows.sort(key=lambda row: (row["quality"] or 0, row["_id"]))
            found |= {row["person"]: row["id"] for row in rows}  # the last one stays
    return found
