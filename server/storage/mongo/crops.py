"""Face crops in MongoDB, for several servers that share no disk: sealed, a document each.

They are far below the 16 MB of a document, so each is written and read in one message; GridFS would
take three. As in the folder, a crop is there before the document that refers to it, and goes after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable

from pymongo.collection import Collection as MongoCollection

from lookout.server.storage.crops import SETTLED_S, Swept, most_swept
from lookout.server.storage.errors import NotFound
from lookout.server.storage.mongo.collections import CROPS
from lookout.server.storage.mongo.connection import Document, MongoConnection
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.paging import in_parts
from lookout.server.storage.records import new_id
from lookout.server.storage.vault import DataKey


class MongoCrops:
    """`server.storage.crops.CropStore`. `clock` gives Unix seconds."""

    def __init__(self, connection: MongoConnection, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._clock = clock

    @property
    def place(self) -> str:
        return f"the collection {CROPS!r} of {self._connection.address}"

    def write(self, key: DataKey, jpeg: bytes) -> str:
        name = new_id()
        self.keep_sealed(name, key.seal(jpeg))
        return name

    def read(self, name: str, key: DataKey) -> bytes:
        return key.open(self.sealed(name))

    def sealed(self, name: str) -> bytes:
        with translated(self._connection.address):
            found = self._crops.find_one({"_id": name}, ["sealed"])
        if found is None:
            raise NotFound(f"the crop {name} is not there")
        return bytes(found["sealed"])

    def keep_sealed(self, name: str, sealed: bytes) -> None:
        crop = {"_id": name, "sealed": sealed, "at_s": self._clock()}
        with translated(self._connection.address):
            self._crops.replace_one({"_id": name}, crop, upsert=True)

    def remove(self, names: Iterable[str]) -> None:
        with translated(self._connection.address):
            for part in in_parts(list(names)):
                self._crops.delete_many({"_id": {"$in": list(part)}})

    def is_empty(self) -> bool:
        with translated(self._connection.address):
            return self._crops.find_one({}, ["_id"]) is None

    def sweep(self, kept: Collection[str], now_s: float) -> Swept:
        settled = {"at_s": {"$lt": now_s - SETTLED_S}}
        with translated(self._connection.address):
            names = [row["_id"] for row in self._crops.find(settled, ["_id"])]
        orphans = [name for name in names if name not in kept]
        if len(orphans) > most_swept(kept):
            return Swept(0, len(orphans))
        self.remove(orphans)
        return Swept(len(orphans), 0)

    @property
    def _crops(self) -> MongoCollection[Document]:
        return self._connection.database[CROPS]
