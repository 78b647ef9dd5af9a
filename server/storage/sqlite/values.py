"""Settings and the rows of unfinished imports in SQLite, sealed under the store's own key."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.server.storage.sqlite.common import Tools


class SqliteSettings:
    """`server.storage.store_values.StoredSettings`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def get(self, name: str) -> object | None:
        with self._tools.database.read() as reader:
            row = reader.execute("SELECT sealed FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else self._tools.store_key.open_json(row["sealed"])

    def put(self, name: str, value: object) -> None:
        sealed = self._tools.store_key.seal_json(value)
        with self._tools.database.write() as writer:
            writer.execute(
                "INSERT INTO settings VALUES (?, ?) "
                "ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
                (name, sealed),
            )

    def put_if_absent(self, name: str, value: object) -> object:
        sealed = self._tools.store_key.seal_json(value)
        with self._tools.database.write() as writer:
            writer.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING", (name, sealed)
            )
            row = writer.execute("SELECT sealed FROM settings WHERE name = ?", (name,)).fetchone()
        return self._tools.store_key.open_json(row["sealed"])


class SqliteImports:
    """`server.storage.store_values.Imports`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def verdicts(self, run: str) -> Mapping[int, Mapping[str, str]]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT row, sealed FROM import_rows WHERE run = ? ORDER BY row", (run,)
            ).fetchall()
        key = self._tools.store_key
        return {
            row["row"]: {
                name: str(value) for name, value in key.open_mapping(row["sealed"]).items()
            }
            for row in rows
        }

    def record(self, run: str, row: int, verdict: Mapping[str, str]) -> None:
        sealed = self._tools.store_key.seal_json({**verdict})
        with self._tools.database.write() as writer:
            writer.execute(
                "INSERT OR REPLACE INTO import_rows VALUES (?, ?, ?)", (run, row, sealed)
            )

    def forget(self, run: str) -> None:
        with self._tools.database.write() as writer:
            writer.execute("DELETE FROM import_rows WHERE run = ?", (run,))
            self._tools.forget(())
