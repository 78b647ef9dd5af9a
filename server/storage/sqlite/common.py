"""What the nouns of the SQLite store share: their tools, cursors and conditions."""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lookout.server.storage.crops import Crops
from lookout.server.storage.errors import BadCursor, NotFound
from lookout.server.storage.records import Page, T
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.store import MAX_PAGE
from lookout.server.storage.vault import Blinder, DataKey, Vault

Value = str | int | float | bytes | None
K = TypeVar("K", str, int)
MAX_PARAMETERS = 500
"""Of one statement; SQLite allows 32,766, shorter ones leave other writers room in between."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every noun works with. `store_key` seals what belongs to no person."""

    database: Database
    vault: Vault
    crops: Crops
    store_key: DataKey
    blinder: Blinder

    def new_data_key(self, writer: sqlite3.Connection, purpose: str, locked: bytes) -> int:
        """Keep a locked data key; returns its number."""
        number = writer.execute(
            "INSERT INTO data_keys (purpose, locked) VALUES (?, ?)", (purpose, locked)
        ).lastrowid
        if number is None:
            raise RuntimeError("SQLite gave an inserted row no number")
        return number

    def person_key(self, connection: sqlite3.Connection, person: str) -> DataKey:
        """The data key of a person. Raises NotFound."""
        row = connection.execute(
            "SELECT locked FROM people JOIN data_keys k ON k.id = data_key WHERE people.id = ?",
            (person,),
        ).fetchone()
        if row is None:
            raise NotFound(f"there is no person {person!r:.60}")
        return self.vault.unlock(row["locked"])

    def crops_after_commit(self, crops: Iterable[str]) -> None:
        """Remove crops once the transaction that is open is safe."""
        names = list(crops)
        self.database.after_commit(lambda: self.crops.remove(names))

    def forget(self, crops: Iterable[str]) -> None:
        """Likewise, and erase what the deleted rows left in the log."""
        self.crops_after_commit(crops)
        self.database.after_commit(self.database.erase_traces)


class Where:
    """Conditions of a query that must all hold, and their parameters."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.parameters: list[Value] = []

    def add(self, condition: str, *parameters: Value) -> None:
        self._conditions.append(condition)
        self.parameters += parameters

    def add_given(self, conditions: Mapping[str, Value]) -> None:
        """Add those conditions, each with one `?`, whose value is not None."""
        for condition, value in conditions.items():
            if value is not None:
                self.add(condition, value)

    def add_any_of(self, column: str, values: Sequence[Value] | None) -> None:
        """Add that the column has one of these values; nothing where they are None."""
        if values is not None:
            self.add(f"{column} IN ({marks(len(values))})", *values)

    @property
    def condition(self) -> str:
        """All of them as one."""
        return " AND ".join(self._conditions) or "1"

    @property
    def sql(self) -> str:
        return f"WHERE {self.condition}" if self._conditions else ""


def page_of(
    rows: Sequence[sqlite3.Row],
    limit: int,
    order: Sequence[str],
    record: Callable[[sqlite3.Row], T],
) -> Page[T]:
    """The page that `limit + 1` fetched rows make; `order` names the columns that sort them."""
    items = tuple(record(row) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(items, None)
    return Page(items, write_cursor([rows[limit - 1][column] for column in order]))


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"a page has 1 to {MAX_PAGE} records, got {limit}")
    return limit


def write_cursor(position: Sequence[float]) -> str:
    """The cursor that continues after this position; its form is nobody else's business."""
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> tuple[float, ...]:
    """The position in a cursor. Raises BadCursor."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor("this is no cursor of an earlier page") from error
    if not isinstance(position, list) or len(position) != length:
        raise BadCursor("this is no cursor of an earlier page of this list")
    # an int beyond 64 bits is a number to Python, but not to SQLite
    if not all(type(part) in (int, float) and abs(part) < 2**63 for part in position):
        raise BadCursor("this is no cursor of an earlier page of this list")
    return tuple(position)


def in_parts(ids: Sequence[K]) -> list[Sequence[K]]:
    """Ids or numbers in parts that one statement takes."""
    return [ids[at : at + MAX_PARAMETERS] for at in range(0, len(ids), MAX_PARAMETERS)]


def marks(count: int) -> str:
    """`?, ?, ?` for an IN (…)."""
    return ", ".join("?" * count)


def by_cameras(cameras: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    """A further condition of a query, that one of these cameras saw it, and its parameters."""
    if cameras is None:
        return "", ()
    return f"AND camera IN ({marks(len(cameras))})", tuple(cameras)


def best_pictures(
    tools: Tools, table: str, people: Sequence[str], cameras: Sequence[str] | None = None
) -> dict[str, str]:
    """Of each of these people the row of this table with the best picture, newest of the equal."""
    sql, seen_by = by_cameras(cameras)
    found: dict[str, str] = {}
    with tools.database.read() as reader:
        for part in in_parts(people):
            rows = reader.execute(
                f"SELECT person, id FROM {table} WHERE person IN ({marks(len(part))}) {sql} "
                "AND crop IS NOT NULL ORDER BY coalesce(quality, 0), seq",
                (*part, *seen_by),
            ).fetchall()
            found |= {row["person"]: row["id"] for row in rows}  # the last one stays
    return found


def write_names(names: Collection[str] | None) -> str | None:
    """Some ids as JSON; None stays None."""
    return None if names is None else json.dumps(sorted(names))


def read_names(text: str | None) -> frozenset[str] | None:
    """What `write_names` made of them."""
    return None if text is None else frozenset(json.loads(text))
