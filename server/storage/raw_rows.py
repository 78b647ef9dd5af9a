"""The rows of a store as they are kept, sealed: what a copy from one database to another moves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

RawRow = dict[str, Any]
NUMBER = "seq"
"""The column of a row's number, where the rows of a table are numbered."""
BATCH = 500
_HASHED = (bytes, bytearray, memoryview)


class RawRows(Protocol):
    """One end of a copy. Every method raises StorageError."""

    def read(self, table: str, after: int) -> Iterator[Sequence[RawRow]]:
        """All rows in parts, by number or key; of a table with numbers those after this one."""

    def write(self, table: str, rows: Sequence[RawRow]) -> None:
        """Adds rows; those that are there already stay. Durable on return."""

    def last(self, table: str) -> int:
        """The highest number of a row that is there; 0 where they have none."""

    def keys(self) -> Iterator[Sequence[RawRow]]:
        """The locked data keys: `id`, `purpose`, `locked`."""

    def add_keys(self, keys: Sequence[RawRow]) -> None:
        """Adds data keys; those that are there already stay."""

    def counters(self) -> Mapping[str, int]:
        """The highest number that each table has ever given out, `data_keys` among them."""

    def set_counters(self, counters: Mapping[str, int]) -> None: ...


def digest(parts: Iterable[Sequence[RawRow]]) -> tuple[int, str]:
    """The number of rows and the SHA-256 of all of them, whichever database they come from."""
    count, hashed = 0, hashlib.sha256()
    for rows in parts:
        for row in sorted(_plain(row) for row in rows):
            hashed.update(row.encode())
        count += len(rows)
    return count, hashed.hexdigest()


def _plain(row: RawRow) -> str:
    """A row as text. SQLite knows 1.0 where MongoDB may know 1."""
    return json.dumps({name: _value(value) for name, value in row.items()}, sort_keys=True) + "\n"


def _value(value: object) -> object:
    if isinstance(value, _HASHED):
        return bytes(value).hex()
    return float(value) if isinstance(value, int | float) else value
