"""Settings and the rows of unfinished imports in MongoDB, sealed under the store's own key."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.server.storage.mongo.common import MongoTools


class MongoSettings:
    """`server.storage.store_values.StoredSettings`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def get(self, name: str) -> object | None:
        with self._tools.database.read() as reader:
            row = reader.one("settings", {"_id": name})
        return None if row is None else self._tools.store_key.open_json(row["sealed"])

    def put(self, name: str, value: object) -> None:
        sealed = self._tools.store_key.seal_json(value)
        with self._tools.database.write() as writer:
            writer.upsert("settings", {"name": name, "sealed": sealed})

    def put_if_absent(self, name: str, value: object) -> object:
        sealed = self._tools.store_key.seal_json(value)
        with self._tools.database.write() as writer:
            row = writer.one("settings", {"_id": name})
            if row is None:
                writer.insert("settings", {"name": name, "sealed": sealed})
        return self._tools.store_key.open_json(sealed if row is None else row["sealed"])


class MongoImports:
    """`server.storage.store_values.Imports`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def verdicts(self, run: str) -> Mapping[int, Mapping[str, str]]:
        with self._tools.database.read() as reader:
            rows = reader.find("import_rows", {"run": run}, (("row", 1),))
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
            writer.upsert("import_rows", {"run": run, "row": row, "sealed": sealed})

    def forget(self, run: str) -> None:
        with self._tools.database.write() as writer:
            writer.delete("import_rows", {"run": run})
