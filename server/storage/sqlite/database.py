"""Connections to the database file: one that writes, a few that read, and transactions.

Write-ahead log with `synchronous=FULL`: a commit returns when the disk has it. NORMAL would be
quicker and survives the end of the process, but not the loss of power, and a Pi's supply is what
fails first. Lookout writes a few rows a second; a commit costs one fsync.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from lookout.server.storage.errors import (
    Conflict,
    DiskFull,
    StorageError,
    StoreBusy,
    StoreDamaged,
    cannot,
)
from lookout.server.storage.sqlite.migrations import LOOKOUT, Schema, migrate

LOG = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 10.0
READERS = 4

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FULL = frozenset({sqlite3.SQLITE_FULL})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Database:
    """One SQLite file, open for every thread of this process.

    Raises StoreDamaged, StoreTooNew, StoreBusy or StorageError where it cannot be opened.
    """

    def __init__(
        self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S, schema: Schema = LOOKOUT
    ) -> None:
        self._path = path
        self._timeout_s = busy_timeout_s
        self._write_lock = threading.RLock()
        self._writing_thread: int | None = None
        self._after_commit: list[Callable[[], object]] = []
        self._closed = False
        self.disk_full = False
        with self._translated():
            _make_private(path)
            self._writer = self._connect()
            try:
                self._writer.execute("PRAGMA journal_mode = WAL").fetchone()
                migrate(self._writer, schema=schema)
            except BaseException:
                self._writer.close()
                raise
            self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
            for _ in range(READERS):
                reader = self._connect()
                reader.execute("PRAGMA query_only = ON")
                self._readers.put(reader)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction, or a part of the one that this thread is in.

        A part that fails is taken back alone: whoever catches its error may go on.
        """
        if not self._write_lock.acquire(timeout=self._timeout_s):
            raise StoreBusy(f"another thread has been writing for {self._timeout_s:.0f} s")
        try:
            if self._writing_thread is not None:
                yield from self._part()
                return
            with self._translated():
                self._open_writer().execute("BEGIN IMMEDIATE")
            self._writing_thread = threading.get_ident()
            try:
                with self._translated():
                    yield self._writer
                    self._writer.execute("COMMIT")
                self.disk_full = False
            except BaseException:
                self._after_commit.clear()
                self._roll_back()
                raise
            finally:
                self._writing_thread = None
            self._run_after_commit()
        finally:
            self._write_lock.release()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with; inside `write` it sees what has been written so far."""
        if self._writing_thread == threading.get_ident():
            with self._translated():
                yield self._writer
            return
        if self._closed:
            raise StorageError("the store has been closed")
        try:
            reader = self._readers.get(timeout=self._timeout_s)
        except queue.Empty:
            raise StoreBusy(f"no reader became free within {self._timeout_s:.0f} s") from None
        try:
            with self._translated():
                yield reader
        finally:
            self._readers.put(reader)

    def after_commit(self, action: Callable[[], object]) -> None:
        """Run `action` once the outermost transaction that is open is safe; never if it fails.

        An action that is equal to one that waits already is run once.
        """
        if self._writing_thread != threading.get_ident():
            raise RuntimeError("after_commit belongs inside write()")
        if action not in self._after_commit:
            self._after_commit.append(action)

    def erase_traces(self) -> bool:
        """Write the log back into the database and cut it off, so that nothing deleted stays there.

        `secure_delete` has zeroed the rows in the database itself. Returns False where a reader
        of an older state is in the way; what it left is erased by the next call, at the latest
        when the store is closed.
        """
        with self._write_lock, self._translated():
            row = self._open_writer().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row[0] != 0:
            LOG.warning("traces of deleted rows stay in the log until a reader has finished")
        return bool(row[0] == 0)

    def close(self) -> None:
        with self._write_lock:
            if self._closed:
                return
            self.erase_traces()
            self._closed = True
            try:
                for _ in range(READERS):
                    self._readers.get(timeout=self._timeout_s).close()
            except queue.Empty:
                LOG.warning("the store was closed while a thread was reading from it")
            self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    def _open_writer(self) -> sqlite3.Connection:
        if self._closed:
            raise StorageError("the store has been closed")
        return self._writer

    def _part(self) -> Iterator[sqlite3.Connection]:
        kept = len(self._after_commit)
        self._writer.execute("SAVEPOINT part")
        try:
            with self._translated():
                yield self._writer
        except BaseException:
            del self._after_commit[kept:]
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK TO part")
                self._writer.execute("RELEASE part")
            raise
        self._writer.execute("RELEASE part")

    def _roll_back(self) -> None:
        if self._writer.in_transaction:  # a full disk has rolled back by itself
            self._writer.execute("ROLLBACK")

    def _run_after_commit(self) -> None:
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            try:
                action()
            except (OSError, StorageError) as error:
                # the rows are safely gone or there; a file that stays is swept at the next start
                LOG.warning("could not tidy up after a change: %s", error)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Conflict(
                f"what must be unique is taken, or refers to nothing: {error}"
            ) from error
        except UnicodeEncodeError as error:
            raise StorageError("half a character cannot be kept: the text is no Unicode") from error
        except sqlite3.Error as error:
            code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
            if code in _BUSY:
                raise StoreBusy(
                    f"another process has been writing to {self._path} for {self._timeout_s:.0f} s"
                ) from error
            if code in _DAMAGED:
                raise StoreDamaged(
                    f"{self._path} is damaged or no database ({error}); restore the data folder "
                    "from a backup, or move it away to start anew"
                ) from error
            if code in _FULL or (code == sqlite3.SQLITE_IOERR and not _has_room(self._path)):
                self.disk_full = True
                raise DiskFull(
                    f"the disk that holds {self._path} is full: make room; what is there can be "
                    "read, and writing goes on by itself"
                ) from error
            raise StorageError(f"the database {self._path}: {error}") from error


def _make_private(path: Path) -> None:
    """Makes the file before SQLite does: its log gets the same mode, whatever the umask."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise cannot(f"the database {path} cannot be opened: {error.strerror}", error) from error


def _has_room(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free > 0
