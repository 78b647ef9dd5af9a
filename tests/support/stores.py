"""The stores over which a test runs: each keeps the same promises."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from lookout.server.storage.mongo.key_file import FILENAME
from lookout.server.storage.mongo.store import open_mongo_store
from lookout.server.storage.sqlite.store import DATABASE
from lookout.server.storage.sqlite.store import open_store as open_sqlite
from lookout.server.storage.store import Store
from tests.support.mongo import MongoBench

BUSY_TIMEOUT_S = 120.0
"""A test must not depend on how busy the machine is."""


class Opening(Protocol):
    """Opens a store in a folder, as `open_store` does."""

    def __call__(self, folder: Path, environment: Mapping[str, str]) -> Store: ...

    def keys(self, folder: Path) -> int:
        """The number of data keys."""

    def kept(self, folder: Path) -> bytes:
        """All that the database holds."""


class SqliteOpening:
    """Stores on SQLite."""

    def __call__(self, folder: Path, environment: Mapping[str, str]) -> Store:
        return open_sqlite(folder, environment)

    def keys(self, folder: Path) -> int:
        return _count_keys(folder / DATABASE)

    def kept(self, folder: Path) -> bytes:
        return b"".join(path.read_bytes() for path in folder.glob(f"{DATABASE}*"))


class MongoOpening:
    """Stores on MongoDB."""

    def __init__(self, bench: MongoBench) -> None:
        self._bench = bench

    def __call__(self, folder: Path, environment: Mapping[str, str]) -> Store:
        address = self._bench.address(folder)
        return open_mongo_store(folder, environment, address, busy_timeout_s=BUSY_TIMEOUT_S)

    def keys(self, folder: Path) -> int:
        return _count_keys(folder / FILENAME)

    def kept(self, folder: Path) -> bytes:
        return self._bench.kept(folder)


def _count_keys(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM data_keys").fetchone()
    return int(count)
