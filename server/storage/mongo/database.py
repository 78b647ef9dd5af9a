"""Transactions on MongoDB: one writer at a time over all servers, readers that never wait.

A transaction begins by changing one document, `state`. Who comes second is refused by MongoDB, and
begins again a little later, before anything of it has run. So, as in SQLite, no transaction that
has begun meets another, numbers are given out in the order of the commits, and whoever has read all
events up to a number has missed none.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from lookout.server.storage.errors import DiskFull, StorageError, StoreBusy
from lookout.server.storage.mongo.collections import META, STATE
from lookout.server.storage.mongo.connection import SAFE, Document, MongoConnection
from lookout.server.storage.mongo.data_keys import DataKeys
from lookout.server.storage.mongo.documents import Reader, Writer
from lookout.server.storage.mongo.fair_lock import FairLock
from lookout.server.storage.mongo.translation import (
    TRANSIENT,
    UNKNOWN_COMMIT,
    translated,
    translation,
)
from lookout.server.storage.store_sharing import Topic

LOG = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.05
_SNAPSHOT = ReadConcern("snapshot")


class MongoDatabase:
    """One database on MongoDB and its data keys, open for every thread of this process."""

    def __init__(
        self, connection: MongoConnection, keys: DataKeys, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self.connection = connection
        self.keys = keys
        self._timeout_s = busy_timeout_s
        self._write_lock = FairLock()
        self._writer: Writer | None = None
        self._writing_thread: int | None = None
        self._after_commit: list[Callable[[], object]] = []
        self._closing = threading.Event()
        self.disk_full = False

    @contextlib.contextmanager
    def write(self) -> Iterator[Writer]:
        """A transaction, or a part of the one that this thread is in.

        A part that fails is taken back alone: whoever catches its error may go on.
        """
        with self._write_lock.held(self._timeout_s) as held:
            if not held:
                raise StoreBusy(f"other threads have been writing for {self._timeout_s:.0f} s")
            if self._writer is not None:
                yield from self._part(self._writer)
            else:
                yield from self._whole()

    @contextlib.contextmanager
    def read(self) -> Iterator[Reader]:
        """What finds documents; inside `write` it sees what has been written so far."""
        with translated(self.connection.address):
            if self._writer is not None and self._writing_thread == threading.get_ident():
                yield self._writer
            else:
                self._require_open()
                yield Reader(self.connection.database)

    def after_commit(self, action: Callable[[], object]) -> None:
        """Runs `action` once the outermost transaction that is open is safe; never if it fails.

        An action that is equal to one that waits already is run once.
        """
        if self._writing_thread != threading.get_ident():
            raise RuntimeError("after_commit belongs inside write()")
        if action not in self._after_commit:
            self._after_commit.append(action)

    def state(self) -> Document:
        """The document of what is counted: `numbers` by collection, `changes` by topic."""
        with self.read() as reader:
            return reader.one(META, {"_id": STATE}) or {"numbers": {}, "changes": {}}

    def number(self, topic: Topic) -> int:
        """The number of a topic's newest change, what this thread has not committed included."""
        if self._writer is not None and self._writing_thread == threading.get_ident():
            return self._writer.number(topic)
        changes: Mapping[str, int] = self.state()["changes"]
        return changes.get(topic, 0)

    def close(self) -> None:
        with self._write_lock.held(self._timeout_s):
            if self._closing.is_set():
                return
            self._closing.set()
            self.keys.close()
            self.connection.close()

    def _whole(self) -> Iterator[Writer]:
        self._require_open()
        session, state = self._begin()
        writer = Writer(self.connection.database, session, state)
        self._writer, self._writing_thread = writer, threading.get_ident()
        try:
            with translated(self.connection.address):
                yield writer
                self._commit(session, writer)
            self.disk_full = False
        except BaseException as error:
            self.disk_full = self.disk_full or isinstance(error, DiskFull)
            self._after_commit.clear()
            self._roll_back(session, writer)
            raise
        finally:
            self._writer = self._writing_thread = None
            session.end_session()
        self.keys.used(writer.made)
        self._tidy_up(writer)

    def _tidy_up(self, writer: Writer) -> None:
        actions, self._after_commit = self._after_commit, []
        for action in (lambda: self.keys.destroy([*writer.doomed, *writer.spoilt]), *actions):
            try:
                action()
            except (OSError, StorageError) as error:
                # the records are safely gone or there; what stays is settled at the next start
                LOG.warning("could not tidy up after a change: %s", error)

    def _part(self, writer: Writer) -> Iterator[Writer]:
        kept = len(self._after_commit)
        try:
            with translated(self.connection.address), writer.part():
                yield writer
        except BaseException:
            del self._after_commit[kept:]
            raise

    def _begin(self) -> tuple[ClientSession, Document]:
        """A transaction that has the turn. Raises StoreBusy."""
        end_s = time.monotonic() + self._timeout_s
        pause_s = _FIRST_PAUSE_S
        while True:
            with translated(self.connection.address):
                session = self.connection.client.start_session()
            try:
                return session, self._take_turn(session)
            except BaseException as error:
                with suppress(PyMongoError):
                    session.abort_transaction()
                session.end_session()
                if not isinstance(error, PyMongoError):
                    raise
                if not error.has_error_label(TRANSIENT):
                    raise translation(error, self.connection.address) from error
                if time.monotonic() >= end_s:
                    raise StoreBusy(
                        f"another server has been writing for {self._timeout_s:.0f} s to "
                        f"{self.connection.address}"
                    ) from error
            # of several that wait, chance says who is next
            self._closing.wait(pause_s * (1 + secrets.randbelow(1000) / 1000))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _take_turn(self, session: ClientSession) -> Document:
        session.start_transaction(read_concern=_SNAPSHOT, write_concern=SAFE)
        state = self.connection.database[META].find_one_and_update(
            {"_id": STATE},
            {"$inc": {"writes": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if state is None:
            raise StorageError(f"{self.connection.address} has lost the document of its state")
        return state

    def _commit(self, session: ClientSession, writer: Writer) -> None:
        counted = writer.counted()
        if counted:
            self.connection.database[META].update_one(
                {"_id": STATE}, {"$set": counted}, session=session
            )
        if writer.doomed:
            self.keys.doom(writer.doomed)
        end_s = time.monotonic() + self._timeout_s
        while True:
            try:
                session.commit_transaction()
            except PyMongoError as error:
                if not error.has_error_label(UNKNOWN_COMMIT) or time.monotonic() >= end_s:
                    raise
            else:
                return

    def _roll_back(self, session: ClientSession, writer: Writer) -> None:
        """Keys stay where nobody knows whether the commit took place: they are settled later."""
        if session.in_transaction:
            with suppress(PyMongoError):
                session.abort_transaction()
            with suppress(StorageError):
                self.keys.spare(writer.doomed)
                self.keys.destroy([*writer.made, *writer.spoilt])

    def _require_open(self) -> None:
        if self._closing.is_set():
            raise StorageError("the store has been closed")
