"""The rows of an SQLite store as they are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lookout.server.storage.raw_rows import BATCH, NUMBER, RawRow
from lookout.server.storage.sqlite.common import marks
from lookout.server.storage.sqlite.database import Database

_NUMBERS = {"face_blocks": "id"}
_KEYED: Mapping[str, str] = {
    **dict.fromkeys(("cameras", "plans", "users", "sessions", "api_keys"), "id"),
    "login_failures": "subject_index",
    "settings": "name",
    "import_rows": "run, row",
    "definition_people": "definition, person",
}


class SqliteRows:
    """`server.storage.raw_rows.RawRows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, table: str, after: int) -> Iterator[Sequence[RawRow]]:
        if table in _KEYED:
            yield from self._parts(f"SELECT * FROM {table} ORDER BY {_KEYED[table]}")
            return
        number = _NUMBERS.get(table, NUMBER)
        query = f"SELECT * FROM {table} WHERE {number} > {int(after)} ORDER BY {number}"
        for rows in self._parts(query):
            yield [{NUMBER: row.pop(number), **row} for row in rows]

    def write(self, table: str, rows: Sequence[RawRow]) -> None:
        number = _NUMBERS.get(table, NUMBER)
        with self._database.write() as writer:
            for row in rows:
                named = {number if name == NUMBER else name: row[name] for name in row}
                writer.execute(
                    f"INSERT INTO {table} ({', '.join(named)}) VALUES ({marks(len(named))}) "
                    "ON CONFLICT DO NOTHING",
                    tuple(named.values()),
                )

    def last(self, table: str) -> int:
        if table in _KEYED:
            return 0
        with self._database.read() as reader:
            number = _NUMBERS.get(table, NUMBER)
            (last,) = reader.execute(f"SELECT max({number}) FROM {table}").fetchone()
        return last or 0

    def keys(self) -> Iterator[Sequence[RawRow]]:
        return self._parts("SELECT id, purpose, locked FROM data_keys ORDER BY id")

    def add_keys(self, keys: Sequence[RawRow]) -> None:
        with self._database.write() as writer:
            writer.executemany(
                "INSERT INTO data_keys (id, purpose, locked) VALUES (?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                [(key["id"], key["purpose"], key["locked"]) for key in keys],
            )

    def counters(self) -> Mapping[str, int]:
        with self._database.read() as reader:
            rows = reader.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
        return {row["name"]: row["seq"] for row in rows}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        with self._database.write() as writer:
            known = {row["name"] for row in writer.execute("SELECT name FROM sqlite_sequence")}
            for name, number in counters.items():
                if name in known:
                    writer.execute(
                        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?",
                        (number, name),
                    )
                elif number:
                    writer.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, number))

    def _parts(self, query: str) -> Iterator[Sequence[RawRow]]:
        with self._database.read() as reader:
            cursor = reader.execute(query)
            while rows := cursor.fetchmany(BATCH):
                yield [dict(row) for row in rows]
