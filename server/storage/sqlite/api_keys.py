"""API keys in SQLite."""

from __future__ import annotations

import json

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.records import ApiKey
from lookout.server.storage.sqlite.common import Tools, read_names, write_names


class SqliteApiKeys:
    """`server.storage.store_users.ApiKeys`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, key: ApiKey) -> None:
        secret = key.edge_secret
        sealed = self._tools.store_key.seal(secret.encode()) if secret else None
        try:
            with self._tools.database.write() as writer:
                writer.execute(
                    "INSERT INTO api_keys (id, name, secret_hash, scopes, created_by, created_at, "
                    "expires_at, last_used_at, revoked_at, edge_id, sealed_edge_secret, maker, "
                    "cameras) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        key.id,
                        key.name,
                        key.secret_hash,
                        json.dumps(sorted(key.scopes)),
                        key.created_by,
                        key.created_at,
                        key.expires_at,
                        key.last_used_at,
                        key.revoked_at,
                        key.edge_id or None,
                        sealed,
                        key.maker,
                        write_names(key.cameras),
                    ),
                )
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
        store_key = self._tools.store_key
        return tuple(
            ApiKey(
                id=row["id"],
                name=row["name"],
                secret_hash=row["secret_hash"],
                scopes=frozenset(json.loads(row["scopes"])),
                created_by=row["created_by"],
                created_at=row["created_at"],
                expires_at=row["expires_at"],
                last_used_at=row["last_used_at"],
                revoked_at=row["revoked_at"],
                edge_id=row["edge_id"] or "",
                edge_secret=store_key.open(row["sealed_edge_secret"]).decode()
                if row["sealed_edge_secret"]
                else "",
                maker=row["maker"],
                cameras=read_names(row["cameras"]),
            )
            for row in rows
        )


def _no_key(key: str) -> NotFound:
    return NotFound(f"there is no API key {key!r:.60}")
