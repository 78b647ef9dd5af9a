"""API keys in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.records import ApiKey
from lookout.server.storage.rows.accounts import api_key_fields, read_api_key


class MongoApiKeys:
    """`server.storage.store_users.ApiKeys`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, key: ApiKey) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.insert("api_keys", api_key_fields(key, self._tools.store_key))
        except Conflict as error:
            raise Conflict(f"there is an API key {key.id!r:.60} already") from error

    def get(self, key: str) -> ApiKey:
        found = self._find({"_id": key})
        if found is None:
            raise _no_key(key)
        return found

    def find(self, secret_hash: bytes) -> ApiKey | None:
        return self._find({"secret_hash": secret_hash})

    def find_edge(self, edge_id: str) -> ApiKey | None:
        return self._find({"edge_id": edge_id})

    def all(self) -> tuple[ApiKey, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("api_keys", {}, (("created_at", 1), ("_id", 1)))
        return tuple(read_api_key(row, self._tools.store_key) for row in rows)

    def touch(self, key: str, now_s: float) -> None:
        with self._tools.database.write() as writer:
            writer.update("api_keys", {"_id": key}, {"last_used_at": now_s})

    def revoke(self, key: str, now_s: float) -> None:
        with self._tools.database.write() as writer:
            row = writer.one("api_keys", {"_id": key}, ("revoked_at",))
            if row is None:
                raise _no_key(key)
            if row["revoked_at"] is None:
                writer.update("api_keys", {"_id": key}, {"revoked_at": now_s})

    def _find(self, query: Mapping[str, Any]) -> ApiKey | None:
        with self._tools.database.read() as reader:
            row = reader.one("api_keys", query)
        return None if row is None else read_api_key(row, self._tools.store_key)


def _no_key(key: str) -> NotFound:
    return NotFound(f"there is no API key {key!r:.60}")
