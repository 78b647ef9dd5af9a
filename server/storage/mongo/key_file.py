"""The file of data keys: a small SQLite file beside the server, or beside the key service.

It is written with `secure_delete`, and its log is cut off after each destruction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lookout.server.storage.mongo.data_keys import DataKeys, Unsettled
from lookout.server.storage.paging import in_parts
from lookout.server.storage.sqlite.common import marks
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.schema_keys import KEYS_SCHEMA
from lookout.server.storage.unlocking import DatabaseKeys

FILENAME = "keys.db"
SETTLED_S = 3600.0
_KEPT, _NEW, _DOOMED = "kept", "new", "doomed"


class KeyFile(DataKeys):
    """The keys in the file of a folder."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        self.database = Database(folder / FILENAME, schema=KEYS_SCHEMA)
        self._clock = clock
        self._used: list[int] = []
        self._used_lock = threading.Lock()

    def owner(self) -> str | None:
        with self.database.read() as reader:
            row = reader.execute("SELECT store FROM identity").fetchone()
        return None if row is None else str(row["store"])

    def identity(self, fresh: str) -> str:
        with self.database.write() as writer:
            writer.execute(
                "INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", (fresh,)
            )
            (store,) = writer.execute("SELECT store FROM identity").fetchone()
        return str(store)

    def is_unused(self) -> bool:
        with self.database.read() as reader:
            (number,) = reader.execute(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'data_keys'"
            ).fetchone()
        return int(number) <= 1

    def store_key(self) -> bytes | None:
        return DatabaseKeys(self.database).store_key()

    def keep_store_key(self, locked: bytes) -> bytes:
        return DatabaseKeys(self.database).keep_store_key(locked)

    def add(self, purpose: str, locked: bytes) -> int:
        with self.database.write() as writer:
            self._confirm()
            number = writer.execute(
                "INSERT INTO data_keys (purpose, locked, state, made_at) VALUES (?, ?, ?, ?)",
                (purpose, locked, _NEW, self._clock()),
            ).lastrowid
        return number or 0

    def used(self, numbers: Collection[int]) -> None:
        with self._used_lock:
            self._used += numbers

    def many(self, numbers: Sequence[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        with self.database.read() as reader:
            for part in in_parts(numbers):
                rows = reader.execute(
                    f"SELECT id, locked FROM data_keys WHERE id IN ({marks(len(part))})",
                    tuple(part),
                )
                found |= {row["id"]: row["locked"] for row in rows}
        return found

    def doom(self, numbers: Sequence[int]) -> None:
        self._mark(numbers, _DOOMED)

    def spare(self, numbers: Sequence[int]) -> None:
        self._mark(numbers, _KEPT)

    def destroy(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        with self.database.write() as writer:
            for part in in_parts(numbers):
                writer.execute(
                    f"DELETE FROM data_keys WHERE id IN ({marks(len(part))})", tuple(part)
                )
            self.database.after_commit(self.database.erase_traces)

    def unsettled(self) -> Unsettled:
        with self.database.read() as reader:
            rows = reader.execute(
                "SELECT id, state FROM data_keys WHERE state = ? OR (state = ? AND made_at < ?)",
                (_DOOMED, _NEW, self._clock() - SETTLED_S),
            ).fetchall()
        return Unsettled(
            tuple(row["id"] for row in rows if row["state"] == _NEW),
            tuple(row["id"] for row in rows if row["state"] == _DOOMED),
        )

    def close(self) -> None:
        with self.database.write():
            self._confirm()
        self.database.close()

    def _confirm(self) -> None:
        with self._used_lock:
            numbers, self._used = self._used, []
        self._mark(numbers)

    def _mark(self, numbers: Sequence[int], state: str = _KEPT) -> None:
        if not numbers:
            return
        with self.database.write() as writer:
            for part in in_parts(numbers):
                writer.execute(
                    f"UPDATE data_keys SET state = ? WHERE id IN ({marks(len(part))})",
                    (state, *part),
                )
