"""The data keys of a store whose records are in MongoDB: a small SQLite file beside the server.

Whoever destroys a data key destroys what it sealed. MongoDB cannot destroy anything: its pages, its
journal, its oplog, its other members and its backups keep what was deleted. So the keys never go
there. This file is written with `secure_delete`, and its log is cut off after each destruction.

Two databases have no common transaction, so a key has a state:

- `new`     from before the transaction that uses it until after it;
- `kept`    a record refers to it;
- `doomed`  from before the transaction that removes its record until it is destroyed.

What a crash leaves `new` or `doomed` is settled by a look whether its record is there: at the next
opening for doomed ones, and after an hour for new ones, for another process may be about to use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lookout.server.storage.paging import in_parts
from lookout.server.storage.sqlite.common import marks
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.schema_keys import KEYS_SCHEMA

FILENAME = "keys.db"
SETTLED_S = 3600.0
_KEPT, _NEW, _DOOMED = "kept", "new", "doomed"


class KeyFile:
    """Locked data keys by number. Any thread. Raises as the SQLite store does."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        self.database = Database(folder / FILENAME, schema=KEYS_SCHEMA)
        self._clock = clock
        self._used: list[int] = []
        self._used_lock = threading.Lock()

    def identity(self, fresh: str) -> str:
        """Whose keys these are: the store's mark that is there, or else `fresh`."""
        with self.database.write() as writer:
            writer.execute(
                "INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", (fresh,)
            )
            (store,) = writer.execute("SELECT store FROM identity").fetchone()
        return str(store)

    def is_unused(self) -> bool:
        """Whether there never was a key but the store's own."""
        with self.database.read() as reader:
            (number,) = reader.execute(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'data_keys'"
            ).fetchone()
        return int(number) <= 1

    def add(self, purpose: str, locked: bytes) -> int:
        """Keeps a key that is about to be used; returns its number."""
        with self.database.write() as writer:
            self._confirm()
            number = writer.execute(
                "INSERT INTO data_keys (purpose, locked, state, made_at) VALUES (?, ?, ?, ?)",
                (purpose, locked, _NEW, self._clock()),
            ).lastrowid
        return number or 0

    def used(self, numbers: Collection[int]) -> None:
        """The records of these keys are safe. Written with the next key: see `add`."""
        with self._used_lock:
            self._used += numbers

    def locked(self, number: int) -> bytes | None:
        return self.many([number]).get(number)

    def many(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Those of these keys that are there."""
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
        """The records of these keys are about to go."""
        self._mark(numbers, _DOOMED)

    def spare(self, numbers: Sequence[int]) -> None:
        """The records of doomed keys have stayed."""
        self._mark(numbers, _KEPT)

    def destroy(self, numbers: Sequence[int]) -> None:
        """Removes keys for good, from the log, too."""
        if not numbers:
            return
        with self.database.write() as writer:
            for part in in_parts(numbers):
                writer.execute(
                    f"DELETE FROM data_keys WHERE id IN ({marks(len(part))})", tuple(part)
                )
            self.database.after_commit(self.database.erase_traces)

    def settle(self, there: Callable[[Sequence[int]], Collection[int]]) -> int:
        """Destroys what a crash left over; `there` says which keys have records. Returns how
        many."""
        with self.database.read() as reader:
            rows = reader.execute(
                "SELECT id, state FROM data_keys WHERE state = ? OR (state = ? AND made_at < ?)",
                (_DOOMED, _NEW, self._clock() - SETTLED_S),
            ).fetchall()
        numbers = [row["id"] for row in rows]
        referred = set(there(numbers)) if numbers else set()
        self._mark([row["id"] for row in rows if row["state"] == _NEW and row["id"] in referred])
        gone = [number for number in numbers if number not in referred]
        self.destroy(gone)
        return len(gone)

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
