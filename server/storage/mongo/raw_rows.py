"""The documents of a store in MongoDB as rows of the SQLite store, and its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pymongo import ReplaceOne

from lookout.server.storage.mongo.collections import BY_NAME, META, STATE, key_of
from lookout.server.storage.mongo.connection import Document, MongoConnection
from lookout.server.storage.mongo.key_file import KeyFile
from lookout.server.storage.mongo.sighting_rows import with_mark
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.raw_rows import BATCH, NUMBER, RawRow
from lookout.server.storage.sqlite.raw_rows import SqliteRows
from lookout.server.storage.store_sharing import Topic

_DERIVED = ("face_mark",)
_KEYS = "data_keys"


class MongoRows:
    """`server.storage.raw_rows.RawRows`; the keys are in the key file."""

    def __init__(self, connection: MongoConnection, keys: KeyFile) -> None:
        self._connection = connection
        self._database = connection.database
        self._keys = SqliteRows(keys.database)

    def read(self, table: str, after: int) -> Iterator[Sequence[RawRow]]:
        collection = BY_NAME[table]
        query = {} if collection.key else {"_id": {"$gt": after}}
        order = [(name, 1) for name in collection.key] or [("_id", 1)]
        rows: list[RawRow] = []
        with translated(self._connection.address):
            for document in self._database[table].find(query).sort(order):
                rows.append(_row(document, numbered=not collection.key))
                if len(rows) == BATCH:
                    yield rows
                    rows = []
        if rows:
            yield rows

    def write(self, table: str, rows: Sequence[RawRow]) -> None:
        if not rows:
            return
        documents = [_document(table, row) for row in rows]
        with translated(self._connection.address):
            self._database[table].bulk_write(
                [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents]
            )

    def last(self, table: str) -> int:
        if BY_NAME[table].key:
            return 0
        with translated(self._connection.address):
            found = list(self._database[table].find({}, ["_id"]).sort("_id", -1).limit(1))
        return int(found[0]["_id"]) if found else 0

    def keys(self) -> Iterator[Sequence[RawRow]]:
        return self._keys.keys()

    def add_keys(self, keys: Sequence[RawRow]) -> None:
        self._keys.add_keys(keys)

    def counters(self) -> Mapping[str, int]:
        with translated(self._connection.address):
            state = self._database[META].find_one({"_id": STATE}) or {}
        return {**state.get("numbers", {}), _KEYS: self._keys.counters().get(_KEYS, 0)}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        numbers = {name: number for name, number in counters.items() if name in BY_NAME}
        changes = dict.fromkeys((topic.value for topic in Topic), 1)
        with translated(self._connection.address):
            self._database[META].update_one(
                {"_id": STATE}, {"$set": {"numbers": numbers, "changes": changes}}
            )
        self._keys.set_counters({_KEYS: counters.get(_KEYS, 0)})


def _row(document: Document, *, numbered: bool) -> RawRow:
    number = {NUMBER: document["_id"]} if numbered else {}
    fields = {name: document[name] for name in document if name not in ("_id", *_DERIVED)}
    return {**number, **fields}


def _document(table: str, row: RawRow) -> Document:
    collection = BY_NAME[table]
    fields = {name: value for name, value in row.items() if name != NUMBER}
    if table == "sightings":
        fields = with_mark(fields)
    number = key_of(collection, row) if collection.key else row[NUMBER]
    return {"_id": number, **fields}
