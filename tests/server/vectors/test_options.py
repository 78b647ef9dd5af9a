"""What may be said of vector engines on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.server.api.vectors import open_mirror
from lookout.server.errors import BadSettings
from lookout.server.settings import read_settings
from lookout.server.storage.sqlite.store import open_store
from lookout.server.vectors import opening
from lookout.server.vectors.options import VectorEngine, VectorOptions, read_engine
from tests.support.named_encoder import NamedEncoder

QDRANT = ["--http", "--vectors", "qdrant://engine:6333", "--vectors-in-clear"]


def test_without_an_engine_there_is_none() -> None:
    assert read_settings([], {}).vectors is None


def test_address_key_and_rotation_are_options(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    words = [*QDRANT, "--vectors-rotated", "--vectors-key-file", str(tmp_path / "key")]
    options = read_settings(words, {}).vectors
    assert options == VectorOptions(VectorEngine.QDRANT, "qdrant://engine:6333", "s3cret", True)
    assert "s3cret" not in repr(options)
    by_variable = read_settings(QDRANT, {"LOOKOUT_VECTORS_KEY": "other"}).vectors
    assert by_variable is not None
    assert by_variable.key == "other"


@pytest.mark.parametrize(
    ("url", "engine", "address"),
    [
        ("qdrant://a", VectorEngine.QDRANT, "http://a:6333"),
        ("qdrants://a:1", VectorEngine.QDRANT, "https://a:1"),
        ("milvus://[::1]", VectorEngine.MILVUS, "http://[::1]:19530"),
        ("milvuss://a", VectorEngine.MILVUS, "https://a:19530"),
        ("postgresql://me@a/faces?sslmode=verify-full", VectorEngine.PGVECTOR, "http://a:5432"),
    ],
)
def test_an_address_names_the_engine(url: str, engine: VectorEngine, address: str) -> None:
    options = read_engine(url)
    assert (options.engine, options.http_url) == (engine, address)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (QDRANT[:3], "not sealed: say --vectors-in-clear"),
        (["--no-http", *QDRANT[1:]], "needs --http"),
        ([*QDRANT, "--match", "hash"], "leave out --match hash"),
        ([*QDRANT, "--vectors-key-file", "nowhere"], "cannot be read"),
        ([*QDRANT[:2], "weaviate://a", "--vectors-in-clear"], None),
        ([*QDRANT[:2], "qdrant://a:port", "--vectors-in-clear"], None),
        ([*QDRANT[:2], "postgresql://me:password@a/b", "--vectors-in-clear"], None),
        ([*QDRANT[:2], "postgresql://me@a/b?password=x", "--vectors-in-clear"], None),
    ],
)
def test_what_cannot_be_is_said(words: list[str], said: str | None) -> None:
    if said is None:
        with pytest.raises(SystemExit):
            read_settings(words, {})
    else:
        with pytest.raises(BadSettings, match=said):
            read_settings(words, {})


def test_a_missing_client_is_said_at_the_start_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(opening._CLIENTS, VectorEngine.MILVUS, "no_such_client")
    with (
        open_store(tmp_path / "data", {}) as store,
        pytest.raises(BadSettings, match=r"lookout\[server,api,milvus\]"),
    ):
        open_mirror(read_engine("milvus://a"), store, NamedEncoder("toy"))
