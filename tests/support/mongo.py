"""A server of MongoDB's protocol for tests, and stores on it.

`LOOKOUT_TEST_MONGO` names a real one (a replica set). Else SecantusDB is started as a process of
its own: an independent implementation with transactions, unique indexes and change streams.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import bson
from pymongo import MongoClient

from lookout.server.storage.mongo.address import MongoAddress
from lookout.server.storage.mongo.collections import ALL, CROPS, LEASES, META, STATE, STORE
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.key_file import KeyFile
from lookout.server.storage.mongo.key_opening import SHARED_CROPS
from lookout.server.storage.mongo.migrations import MIGRATIONS

REAL = "LOOKOUT_TEST_MONGO"
START_TIMEOUT_S = 60.0
_PREFIX = "lookout_test"


def is_missing() -> bool:
    """Whether there is no server to test with."""
    return not os.environ.get(REAL) and find_spec("secantus") is None


@contextlib.contextmanager
def mongo_process(folder: str = ":memory:", *options: str, port: int = 0) -> Iterator[MongoProcess]:
    """SecantusDB on a free port."""
    process = MongoProcess(folder, options, port)
    try:
        yield process
    finally:
        process.kill()


class MongoProcess:
    """A running server; `uri` says where."""

    def __init__(self, folder: str, options: tuple[str, ...], port: int) -> None:
        command = [sys.executable, "-m", "secantus", "--port", str(port)]
        self._process = subprocess.Popen(
            [*command, "--storage-path", folder, *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = self._read_port()
        self.uri = f"mongodb://127.0.0.1:{self.port}/"

    def kill(self) -> None:
        """SIGKILL, as a power cut does it."""
        self._process.kill()
        self._process.wait(30)

    def _read_port(self) -> int:
        lines: queue.Queue[str] = queue.Queue()

        def read() -> None:
            if self._process.stderr is not None:
                for line in self._process.stderr:
                    lines.put(line)
                self._process.stderr.close()

        threading.Thread(target=read, daemon=True).start()
        said = ""
        while (found := re.search(r"listening on [\d.]+:(\d+)", said)) is None:
            said += lines.get(timeout=START_TIMEOUT_S)
        return int(found.group(1))


class MongoBench:
    """Databases for tests on one server. One that a test has used is emptied for the next, because
    its indexes take a second to make."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.client: MongoClient[Document] = MongoClient(uri)
        self._made: set[str] = set()
        self._used: dict[Path, str] = {}

    def address(self, folder: Path, *, shared: bool = False) -> MongoAddress:
        """The empty database of a test's folder, which holds the keys; the same one for the same
        folder. shared: the folder is that of a key service."""
        if folder not in self._used:
            name = f"{_PREFIX}_{os.getpid()}_{len(self._used)}"
            self._used[folder] = name
            if name in self._made:
                self._empty(name, folder, shared)
            self._made.add(name)
        return MongoAddress(self.uri, self._used[folder])

    def fresh(self, folder: Path) -> MongoAddress:
        """A database that is not there yet, dropped at the end."""
        name = f"{_PREFIX}_{os.getpid()}_fresh"
        self.client.drop_database(name)
        self._used[folder] = name
        self._made.add(name)
        return MongoAddress(self.uri, name)

    def kept(self, folder: Path) -> bytes:
        """All that the database of a folder holds."""
        database = self.client[self._used[folder]]
        return b"".join(
            bson.encode(document)
            for name in database.list_collection_names()
            for document in database[name].find()
        )

    def next_test(self) -> None:
        self._used.clear()

    def close(self) -> None:
        for name in self._made:
            self.client.drop_database(name)
        self.client.close()

    def _empty(self, name: str, folder: Path, shared: bool) -> None:
        database = self.client[name]
        for collection in (*(one.name for one in ALL), CROPS, LEASES, META):
            database[collection].delete_many({})
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = KeyFile(folder, lambda: 0.0)
        mark = keys.identity("sto_test")
        keys.close()
        database[META].insert_many(
            [
                {
                    "_id": STORE,
                    "store": mark,
                    "schema": len(MIGRATIONS),
                    SHARED_CROPS: shared,
                },
                {"_id": STATE, "writes": 0, "numbers": {}, "changes": {}},
            ]
        )
