"""News of changes and leases in MongoDB."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from pymongo import ReturnDocument
from pymongo.change_stream import CollectionChangeStream
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, OperationFailure

from lookout.server.storage.mongo.collections import LEASES, META, STATE
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.translation import translated
from lookout.server.storage.store_sharing import Lease, Topic

POLL_S = 0.25
_AWAIT_MS = 500


class MongoChanges:
    """`server.storage.store_sharing.Changes`: a change stream of the one document that every
    transaction changes or, from a server that has none, that document four times a second."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools
        self._connection = tools.database.connection
        self._stream: CollectionChangeStream[Document] | None = None
        self._stream_lock = threading.Lock()
        self._has_streams = True
        self._pause = threading.Event()  # never set: a pause that is no sleep of the interpreter

    def numbers(self) -> Mapping[Topic, int]:
        changes = self._tools.database.state()["changes"]
        return {topic: changes.get(topic, 0) for topic in Topic}

    def wait(self, known: Mapping[Topic, int], timeout_s: float) -> Mapping[Topic, int]:
        end_s = time.monotonic() + timeout_s
        while True:
            with self._stream_lock:
                stream = self._opened()  # before the look, so that nothing falls between them
                numbers = self.numbers()
                left_s = end_s - time.monotonic()
                if numbers != known or left_s <= 0:
                    return numbers
                if stream is not None and left_s * 1000 >= _AWAIT_MS:
                    self._await(stream)
                    continue
            self._pause.wait(min(POLL_S, left_s))

    def _opened(self) -> CollectionChangeStream[Document] | None:
        if self._stream is None and self._has_streams:
            with translated(self._connection.address):
                try:
                    self._stream = self._connection.database[META].watch(
                        [{"$match": {"documentKey._id": STATE}}], max_await_time_ms=_AWAIT_MS
                    )
                except OperationFailure:
                    self._has_streams = False
        return self._stream

    def _await(self, stream: CollectionChangeStream[Document]) -> None:
        """Until the document changes, for half a second at most."""
        try:
            with translated(self._connection.address):
                stream.try_next()
        except BaseException:
            self._stream = None
            raise
        if not stream.alive:
            self._stream = None


class MongoLeases:
    """`server.storage.store_sharing.Leases`: one document a camera, changed in one step each."""

    def __init__(self, tools: MongoTools) -> None:
        self._connection = tools.database.connection

    def acquire(self, camera: str, holder: str, ttl_s: float, now_s: float) -> Lease | None:
        until_s = now_s + ttl_s
        own = {"_id": camera, "holder": holder, "until_s": {"$gt": now_s}}
        free = {"_id": camera, "until_s": {"$lte": now_s}}
        taken = {"$set": {"holder": holder, "until_s": until_s}, "$inc": {"term": 1}}
        fresh = Lease(camera, holder, 1, until_s)
        return (
            self._changed(own, {"$set": {"until_s": until_s}})
            or self._changed(free, taken)
            or self._inserted(fresh)
        )

    def renew(self, lease: Lease, ttl_s: float, now_s: float) -> Lease | None:
        own = {**_own(lease), "until_s": {"$gt": now_s}}
        return self._changed(own, {"$set": {"until_s": now_s + ttl_s}})

    def release(self, lease: Lease) -> None:
        # the document stays, for the terms of a camera must go on rising
        self._changed(_own(lease), {"$set": {"holder": "", "until_s": 0.0}})

    def all(self) -> tuple[Lease, ...]:
        with translated(self._connection.address):
            rows = list(self._leases.find({"holder": {"$ne": ""}}).sort("_id", 1))
        return tuple(map(_lease, rows))

    @property
    def _leases(self) -> Collection[Document]:
        return self._connection.database[LEASES]

    def _changed(self, query: Mapping[str, Any], change: Mapping[str, Any]) -> Lease | None:
        with translated(self._connection.address):
            row = self._leases.find_one_and_update(
                query, change, return_document=ReturnDocument.AFTER
            )
        return None if row is None else _lease(row)

    def _inserted(self, lease: Lease) -> Lease | None:
        row = {
            "_id": lease.camera,
            "holder": lease.holder,
            "term": lease.term,
            "until_s": lease.until_s,
        }
        with translated(self._connection.address):
            try:
                self._leases.insert_one(row)
            except DuplicateKeyError:
                return None
        return lease


def _own(lease: Lease) -> dict[str, Any]:
    return {"_id": lease.camera, "holder": lease.holder, "term": lease.term}


def _lease(row: Document) -> Lease:
    return Lease(row["_id"], row["holder"], row["term"], row["until_s"])
