"""The schema, as numbered steps. A step that has been released is never edited: add one.

A step may be run again from its beginning: a crash between it and its number does that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pymongo.database import Database
from pymongo.errors import CollectionInvalid

from lookout.server.storage.errors import StorageError
from lookout.server.storage.mongo.collections import ALL, LEASES, META, STORE
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.sqlite.migrations import too_new

Step = Callable[[Database[Document]], None]


def _collections(database: Database[Document]) -> None:
    """Every collection and its indexes: transactions should find them made."""
    there = set(database.list_collection_names())
    for collection in ALL:
        if collection.name not in there:
            _create(database, collection.name)
        made = database[collection.name]
        for field in collection.unique:
            made.create_index(field, unique=True)
        for field, least in collection.sparse.items():
            made.create_index(field, unique=True, partialFilterExpression={field: {"$gt": least}})
        for index in collection.indexes:
            made.create_index(list(index))
    if LEASES not in there:
        _create(database, LEASES)


MIGRATIONS: Sequence[Step] = (_collections,)


def migrate(database: Database[Document], steps: Sequence[Step] = MIGRATIONS) -> None:
    """Brings the schema up to date. Raises StoreTooNew for a later one."""
    while (version := _version(database)) < len(steps):
        steps[version](database)
        # of two servers that start at once, the first one counts it
        database[META].update_one(
            {"_id": STORE, "schema": version}, {"$set": {"schema": version + 1}}
        )
    if version > len(steps):
        raise too_new(version, len(steps))


def _version(database: Database[Document]) -> int:
    store = database[META].find_one({"_id": STORE})
    if store is None:
        raise StorageError("the database has lost the document that says whose it is")
    return int(store["schema"])


def _create(database: Database[Document], name: str) -> None:
    try:
        database.create_collection(name)
    except CollectionInvalid:
        return  # another server that starts has just made it
