"""Merges of people in SQLite, and the way back: rows are written down by number before they move.

The number of a row is never used again (AUTOINCREMENT), so what was deleted since is nobody else's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.merge_records import Merge
from lookout.server.storage.records import Person, new_id
from lookout.server.storage.sqlite.common import Tools, in_parts, marks
from lookout.server.storage.sqlite.people import SqlitePeople
from lookout.server.storage.sqlite.samples import SqliteSamples

_SELECT = """SELECT m.*, locked FROM merges m
    JOIN people p ON p.id = m.person JOIN data_keys k ON k.id = p.data_key"""
_SEALED = {"events": "sealed_detail", "alerts": "sealed_detail", "merges": "sealed"}
"""The tables whose rows are sealed under a person's key, and the column that is."""
_TABLES = ("samples", "sightings", *_SEALED)


class SqliteMerges:
    """`server.storage.merge_records.Merges`."""

    def __init__(self, tools: Tools, people: SqlitePeople, samples: SqliteSamples) -> None:
        self._tools = tools
        self._people = people
        self._samples = samples

    def make(
        self, source: str, target: str, at_s: float, rejections: Sequence[float] = ()
    ) -> Merge:
        with self._tools.database.write() as writer:
            gone = self._people.get(source)
            before: dict[str, Any] = {
                "person": _written(writer, gone),
                "rejections": list(rejections),
                "definitions": _definitions(writer, source, target),
                **{table: _rows_of(writer, table, source) for table in _TABLES},
            }
            self._give(writer, "merges", before["merges"], source, target)
            self._people.merge(source, target)
            made = Merge(f"mrg_{new_id()}", gone, target, at_s, tuple(rejections))
            sealed = self._tools.person_key(writer, target).seal_json(before)
            writer.execute(
                "INSERT INTO merges (id, person, at_s, sealed) VALUES (?, ?, ?, ?)",
                (made.id, target, at_s, sealed),
            )
        return made

    def of(self, person: str) -> tuple[Merge, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} WHERE m.person = ? ORDER BY m.seq DESC", (person,)
            ).fetchall()
        return tuple(_merge(row, self._opened(row)) for row in rows)

    def take_back(self, merge: str) -> Merge:
        with self._tools.database.write() as writer:
            row = writer.execute(f"{_SELECT} WHERE m.id = ?", (merge,)).fetchone()
            if row is None:
                raise NotFound(f"there is no merge {merge!r:.60} that could be taken back")
            latest = self.of(row["person"])[0]
            if latest.id != merge:
                raise Conflict(
                    f"{latest.gone.name} was merged into this person later: take that back first"
                )
            before = self._opened(row)
            found = _merge(row, before)
            writer.execute("DELETE FROM merges WHERE id = ?", (merge,))
            self._people.add(found.gone, before["person"]["place"])
            self._give_back(writer, before, found)
        return found

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            deleted = writer.execute(
                "DELETE FROM merges WHERE seq IN (SELECT seq FROM merges WHERE at_s < ? LIMIT ?)",
                (before_s, limit),
            ).rowcount
            self._tools.forget(())
        return deleted

    def _give_back(self, writer: sqlite3.Connection, before: dict[str, Any], merge: Merge) -> None:
        source, target = merge.gone.id, merge.stays
        samples = _still_of(writer, "samples", before["samples"], target)
        self._samples.move([row["id"] for row in samples], source)
        writer.executemany(
            "UPDATE sightings SET person = ? WHERE seq = ? AND person = ?",
            [(source, number, target) for number in before["sightings"]],
        )
        for table in _SEALED:
            self._give(writer, table, before[table], target, source)
        writer.execute(
            "UPDATE alerts SET subject = ? WHERE person = ? AND subject = ?",
            (f"person:{source}", source, f"person:{target}"),
        )
        for one in before["definitions"]:
            _give_definition_back(writer, one, source, target)

    def _give(
        self,
        writer: sqlite3.Connection,
        table: str,
        numbers: Sequence[int],
        source: str,
        target: str,
    ) -> None:
        """Gives those of these rows that are `source`'s to `target`, sealed anew."""
        old_key = self._tools.person_key(writer, source)
        new_key = self._tools.person_key(writer, target)
        column = _SEALED[table]
        writer.executemany(
            f"UPDATE {table} SET person = ?, {column} = ? WHERE seq = ?",
            [
                (target, new_key.seal(old_key.open(row[column])), row["seq"])
                for row in _still_of(writer, table, numbers, source)
            ],
        )

    def _opened(self, row: sqlite3.Row) -> dict[str, Any]:
        return {**self._tools.vault.unlock(row["locked"]).open_mapping(row["sealed"])}


def _rows_of(writer: sqlite3.Connection, table: str, person: str) -> list[int]:
    rows = writer.execute(f"SELECT seq FROM {table} WHERE person = ?", (person,)).fetchall()
    return [row["seq"] for row in rows]


def _still_of(
    writer: sqlite3.Connection, table: str, numbers: Sequence[int], person: str
) -> list[sqlite3.Row]:
    return [
        row
        for part in in_parts(numbers)
        for row in writer.execute(
            f"SELECT * FROM {table} WHERE seq IN ({marks(len(part))}) AND person = ?",
            (*part, person),
        )
    ]


def _definitions(writer: sqlite3.Connection, source: str, target: str) -> list[dict[str, object]]:
    """The lists and silences that name `source`; `both`: they name `target`, too."""
    rows = writer.execute(
        "SELECT d.*, EXISTS (SELECT 1 FROM definition_people o WHERE o.definition = d.definition "
        "AND o.person = ?) AS both FROM definition_people d WHERE d.person = ?",
        (target, source),
    ).fetchall()
    return [{key: row[key] for key in ("definition", "place", "bound", "both")} for row in rows]


def _give_definition_back(
    writer: sqlite3.Connection, one: dict[str, Any], source: str, target: str
) -> None:
    """Whoever has taken the target off the list since has meant both."""
    if not one["both"]:
        writer.execute(
            "UPDATE OR IGNORE definition_people SET person = ? WHERE definition = ? AND person = ?",
            (source, one["definition"], target),
        )
        return
    writer.execute(
        "INSERT OR IGNORE INTO definition_people (definition, person, place, bound) "
        "SELECT definition, ?, ?, ? FROM definition_people WHERE definition = ? AND person = ?",
        (source, one["place"], one["bound"], one["definition"], target),
    )


def _written(writer: sqlite3.Connection, person: Person) -> dict[str, object]:
    """A person as JSON. place: their number, by which lists of people are sorted."""
    row = writer.execute("SELECT seq FROM people WHERE id = ?", (person.id,)).fetchone()
    return {
        "place": row["seq"],
        "id": person.id,
        "name": person.name,
        "created_at": person.created_at,
        "identifier": person.identifier,
        "info": {**person.info},
    }


def _merge(row: sqlite3.Row, before: dict[str, Any]) -> Merge:
    gone = {key: value for key, value in before["person"].items() if key != "place"}
    return Merge(row["id"], Person(**gone), row["person"], row["at_s"], tuple(before["rejections"]))
