"""API keys in SQLite."""

from __future__ import annotations

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.records import ApiKey
from lookout.server.storage.rows.accounts import api_key_fields, read_api_key
from lookout.server.storage.sqlite.common import Tools, insert


class SqliteApiKeys:
    """`server.storage.store_users.ApiKeys`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, key: ApiKey) -> None:
        fields = api_key_fields(key, self._tools.store_key)
        try:
            with self._tools.database.write() as writer:
                insert(writer, "api_keys", fields)
        except Conflict as error:
            raise Conflict(f"there is an API key {key.id!r:.60} already") from error

    def get(self, key: str) -> ApiKey:
        found = self._fetch("WHERE id = ?", key)
        if not found:
            raise _no_key(key)
        return found[0]

    def find(self, secret_hash: bytes) -> ApiKey | None:
        found = self._fetch("WHERE secret_hash = ?", secret_hash)
        return found[0] if found else None

    def find_edge(self, edge_id: str) -> ApiKey | None:
        found = self._fetch("WHERE edge_id = ?", edge_id)
        return found[0] if found else None

    def all(self) -> tuple[ApiKey, ...]:
        return self._fetch("ORDER BY created_at, id")

    def touch(self, key: str, now_s: float) -> None:
        with self._tools.database.write() as writer:
            writer.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", (now_s, key))

    def revoke(self, key: str, now_s: float) -> None:
        with self._tools.database.write() as writer:
            found = writer.execute(
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                (now_s, key),
            ).rowcount
        if not found:
            raise _no_key(key)

    def _fetch(self, condition: str, *values: bytes | str) -> tuple[ApiKey, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(f"SELECT * FROM api_keys {condition}", values).fetchall()
        return tuple(read_api_key(row, self._tools.store_key) for row in rows)


def _no_key(key: str) -> NotFound:
    return NotFound(f"there is no API key {key!r:.60}")
