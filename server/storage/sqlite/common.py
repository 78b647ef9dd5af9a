"""What the nouns of the SQLite store share: their tools, cursors and conditions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lookout.server.storage.crops import Crops
from lookout.server.storage.errors import NotFound
from lookout.server.storage.paging import in_parts
from lookout.server.storage.rows.row import Fields, Value
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.vault import Blinder, DataKey, Vault


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


def insert(writer: sqlite3.Connection, table: str, fields: Fields) -> int:
    """Adds a row; returns its number."""
    row = writer.execute(
        f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({marks(len(fields))})",
        tuple(fields.values()),
    )
    return row.lastrowid or 0


def update(
    writer: sqlite3.Connection, table: str, fields: Fields, condition: str, *parameters: Value
) -> int:
    """Changes these columns where the condition holds; returns the number of rows."""
    changes = ", ".join(f"{column} = ?" for column in fields)
    return writer.execute(
        f"UPDATE {table} SET {changes} WHERE {condition}", (*fields.values(), *parameters)
    ).rowcount


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
