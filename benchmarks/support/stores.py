"""The stores that a benchmark measures: SQLite, or MongoDB on a server of its own."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from pymongo import MongoClient

from tests.support.mongo import REAL, MongoProcess

SQLITE, MONGO = "sqlite", "mongo"
STORES = (SQLITE, MONGO)
_DURABLE = ("--sync-on-commit",)
"""The journal is to be on the disk before a commit is acknowledged, as `j=true` asks."""


class MongoServer:
    """A real server, if LOOKOUT_TEST_MONGO names one; else SecantusDB on `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._real = os.environ.get(REAL, "")
        self._process = None if self._real else MongoProcess(str(folder), (), 0)
        self._name = f"lookout_bench_{uuid.uuid4().hex[:8]}"

    @property
    def name(self) -> str:
        """What it is, in words."""
        return "MongoDB" if self._real else "SecantusDB 0.7.0b3"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs to use it."""
        uri = self._real or ("" if self._process is None else self._process.uri)
        return {"LOOKOUT_STORE": MONGO, "MONGO_URI": uri, "MONGO_DB_NAME": self._name}

    def kill(self) -> None:
        """SIGKILL; a real one is left alone."""
        if self._process is not None:
            self._process.kill()

    def start_again(self) -> None:
        """Starts it where it was."""
        if self._process is not None:
            self._process = MongoProcess(str(self._folder), _DURABLE, self._process.port)

    def close(self) -> None:
        if self._real:
            with contextlib.closing(MongoClient[dict[str, object]](self._real)) as client:
                client.drop_database(self._name)
        self.kill()


@contextlib.contextmanager
def store_environment(
    store: str, folder: Path
) -> Iterator[tuple[Mapping[str, str], MongoServer | None]]:
    """The environment in which `open_store` opens that kind, and the server of it."""
    if store == SQLITE:
        yield {"LOOKOUT_STORE": SQLITE}, None
        return
    with contextlib.closing(MongoServer(folder)) as server:
        yield server.environment, server
