"""Reading and writing of documents, inside a transaction or outside.

MongoDB has no savepoints, and an error inside a transaction ends it. So what must be unique is
looked for, not tried, wherever a part of a transaction may fail alone, and every such part
remembers what it has changed, to put it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

from lookout.server.storage.errors import Conflict
from lookout.server.storage.mongo.collections import BY_NAME, key_of
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.store_sharing import Topic

Query = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]
NEWEST_NUMBER: Sort = (("_id", -1),)
OLDEST_NUMBER: Sort = (("_id", 1),)


class Reader:
    """Finds documents."""

    def __init__(self, database: Database[Document], session: ClientSession | None = None) -> None:
        self._database = database
        self._session = session

    def find(
        self,
        collection: str,
        query: Query,
        sort: Sort | None = None,
        limit: int | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        """Those that match; `fields`: these alone, and `_id`."""
        if limit == 0:  # which is no limit to MongoDB
            return []
        cursor = self._database[collection].find(
            query, fields and list(fields), session=self._session, limit=limit or 0
        )
        return list(cursor.sort(list(sort)) if sort else cursor)

    def one(
        self, collection: str, query: Query, fields: Sequence[str] | None = None
    ) -> Document | None:
        return self._database[collection].find_one(
            query, fields and list(fields), session=self._session
        )

    def count(self, collection: str, query: Query) -> int:
        return self._database[collection].count_documents(query, session=self._session)

    def aggregate(self, collection: str, *stages: Query) -> list[Document]:
        return list(self._database[collection].aggregate(list(stages), session=self._session))


class Writer(Reader):
    """Changes documents, in a transaction. `state` is the document of what is counted.

    made, doomed: the numbers of the data keys that the transaction uses, and does away with.
    spoilt: of those that a part would have used that has failed.
    """

    def __init__(
        self, database: Database[Document], session: ClientSession, state: Document
    ) -> None:
        super().__init__(database, session)
        self._numbers: dict[str, int] = state["numbers"]
        self._changes: Counter[str] = Counter(state["changes"])
        self._touched: set[str] = set()
        self._undo: list[Callable[[], object]] = []
        self._depth = 0
        self.made: list[int] = []
        self.doomed: list[int] = []
        self.spoilt: list[int] = []

    def insert(self, collection: str, fields: Mapping[str, Any], number: int | None = None) -> int:
        """Adds a document; returns its number, or 0 where those of this collection have none.

        number: one that it had before; None: the next one. Raises Conflict.
        """
        kind = BY_NAME[collection]
        if kind.key:
            number, document = 0, {"_id": key_of(kind, fields), **fields}
        elif number is not None:
            document = {"_id": number, **fields}
        else:
            number = self._numbers.get(collection, 0) + 1
            self._numbers[collection] = number
            self._touched.add(f"numbers.{collection}")
            document = {"_id": number, **fields}
        self._add(collection, document)
        self._remember(lambda: self._take_out(collection, [document["_id"]]))
        self._changed(collection)
        return number

    def update(self, collection: str, query: Query, changes: Mapping[str, Any]) -> int:
        """Sets these fields where the query matches; returns in how many. Raises Conflict."""
        before = self._before(collection, query)
        if before is not None and len(before) == 1:
            self._check_unique(collection, changes, before[0]["_id"])
        self._put_back_later(collection, before)
        done = self._database[collection].update_many(
            query, {"$set": dict(changes)}, session=self._session
        )
        if done.matched_count:
            self._changed(collection)
        return done.matched_count

    def upsert(self, collection: str, fields: Mapping[str, Any]) -> None:
        """Puts a document that is not numbered in the place of the one with its key."""
        document = {"_id": key_of(BY_NAME[collection], fields), **fields}
        query = {"_id": document["_id"]}
        before = self._before(collection, query)
        self._database[collection].replace_one(query, document, True, session=self._session)
        if before:
            self._put_back_later(collection, before)
        else:
            self._remember(lambda: self._take_out(collection, [document["_id"]]))
        self._changed(collection)

    def delete(self, collection: str, query: Query) -> int:
        """Removes what matches; returns how many."""
        self._put_back_later(collection, self._before(collection, query))
        count = self._database[collection].delete_many(query, session=self._session).deleted_count
        if count:
            self._changed(collection)
        return count

    def number(self, topic: Topic) -> int:
        """The number of the newest change."""
        return self._changes[topic]

    def latest(self, collection: str) -> int:
        """The highest number that a document of this collection ever had."""
        return self._numbers.get(collection, 0)

    def counted(self) -> Document:
        """What has changed of the document of what is counted."""
        return {
            name: (self._numbers if what == "numbers" else self._changes)[key]
            for name in self._touched
            for what, _, key in [name.partition(".")]
        }

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that can fail alone: what it has changed is put back."""
        kept, made, doomed = len(self._undo), len(self.made), len(self.doomed)
        self._depth += 1
        try:
            yield
        except BaseException:
            with suppress(PyMongoError):  # the transaction has ended: so will its commit
                while len(self._undo) > kept:
                    self._undo.pop()()
            self.spoilt += self.made[made:]
            del self.made[made:], self.doomed[doomed:]
            raise
        finally:
            self._depth -= 1

    def _before(self, collection: str, query: Query) -> list[Document] | None:
        """The documents as they are now, where they may have to be put back."""
        return self.find(collection, query) if self._depth else None

    def _put_back_later(self, collection: str, before: list[Document] | None) -> None:
        if before:
            self._remember(
                lambda: self._database[collection].bulk_write(
                    [ReplaceOne({"_id": old["_id"]}, old, upsert=True) for old in before],
                    session=self._session,
                )
            )

    def _take_out(self, collection: str, numbers: Sequence[object]) -> None:
        self._database[collection].delete_many(
            {"_id": {"$in": list(numbers)}}, session=self._session
        )

    def _remember(self, action: Callable[[], object]) -> None:
        if self._depth:
            self._undo.append(action)

    def _changed(self, collection: str) -> None:
        topic = BY_NAME[collection].topic
        if topic is not None:
            self._changes[topic] += 1
            self._touched.add(f"changes.{topic}")

    def _add(self, collection: str, document: Document) -> None:
        """Raises Conflict; inside a part without an error of the database, which would end more
        than this part."""
        if not self._depth:
            self._database[collection].insert_one(document, session=self._session)
            return
        taken = _same(collection, document)
        if BY_NAME[collection].key or not taken:  # nobody has had a number that is counted
            taken.append({"_id": document["_id"]})
        done = self._database[collection].update_one(
            {"$or": taken}, {"$setOnInsert": document}, upsert=True, session=self._session
        )
        if done.matched_count:
            raise _taken(collection)

    def _check_unique(self, collection: str, changes: Mapping[str, Any], own: object) -> None:
        """Looks whether another document than this one has what must be unique."""
        taken = _same(collection, changes)
        if taken and self.one(collection, {"$or": taken, "_id": {"$ne": own}}, ("_id",)):
            raise _taken(collection)


def _same(collection: str, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What another document would have that is the same where it must not be."""
    kind = BY_NAME[collection]
    names = (*kind.unique, *kind.sparse)
    return [{name: fields[name]} for name in names if fields.get(name) is not None]


def _taken(collection: str) -> Conflict:
    kind = BY_NAME[collection]
    names = ", ".join((*kind.unique, *kind.sparse, *kind.key))
    return Conflict(f"what must be unique is taken: one of {names}")
