"""Models come from their addresses, out of archives too, and none is trusted without a hash."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lookout.faces.errors import (
    ModelDamaged,
    ModelError,
    ModelMissing,
    ModelUnconfirmed,
)
from lookout.faces.models.entry import ModelEntry, ModelFile
from lookout.faces.models.install import install, remove, verify
from lookout.faces.models.pins import read_pins, with_pins
from lookout.faces.models.store import ModelStore
from tests.support.file_server import serving

CONTENT = b"weights " * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"pack/{name}", content)
    return sink.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        info = tarfile.TarInfo(f"pack/{name}")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return sink.getvalue()


CONTENTS = {
    "net.onnx": CONTENT,
    "pack.zip": zipped(net=CONTENT, other=b"x"),
    "pack.tar.gz": tarred("net", CONTENT),
    "bomb.zip": zipped(net=bytes(1 << 20)),
    "torn.zip": zipped(net=CONTENT)[:-30],
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(CONTENTS) as address:
        yield address


def store_of(folder: Path, file: ModelFile, *, commercial: bool = True) -> ModelStore:
    """A store with the model `net`, as it is read when a program starts."""
    pins = folder / "config" / "pinned-models.json"
    entry = ModelEntry("net", "encode", (file,), "MIT", commercial, "here", "m", "i", "o")
    entry = with_pins(entry, read_pins(pins))
    cache = folder / "cache"
    return ModelStore({"net": entry}, (cache,), cache, pins)


@pytest.mark.parametrize("archive", ["pack.zip", "pack.tar.gz"])
def test_a_file_is_taken_out_of_an_archive_and_its_hash_is_checked(
    archive: str, address: str, tmp_path: Path
) -> None:
    file = ModelFile("net.onnx", HASH, len(CONTENT), f"{address}/{archive}", member="pack/net")
    store = store_of(tmp_path, file)
    assert install(store, "net") == (tmp_path / "cache" / "net.onnx",)
    assert store.read("net") == CONTENT
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["net.onnx"]


@pytest.mark.parametrize(
    ("archive", "member", "complaint"),
    [
        ("pack.zip", "pack/none", "holds no pack/none"),
        ("pack.tar.gz", "pack/none", "holds no pack/none"),
        ("pack.zip", "pack/other", "has not the 8,000 bytes"),
        ("bomb.zip", "pack/net", "has not the 8,000 bytes"),
        ("torn.zip", "pack/net", "is no archive that can be read"),
    ],
)
def test_an_archive_without_the_right_member_leaves_nothing_behind(
    archive: str, member: str, complaint: str, address: str, tmp_path: Path
) -> None:
    file = ModelFile("net.onnx", HASH, len(CONTENT), f"{address}/{archive}", member=member)
    with pytest.raises(ModelDamaged, match=complaint):
        install(store_of(tmp_path, file), "net")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_file_without_a_published_hash_waits_until_the_user_confirms_the_one_it_has(
    address: str, tmp_path: Path
) -> None:
    file = ModelFile("net.onnx", "", 0, f"{address}/net.onnx")
    store = store_of(tmp_path, file)
    with pytest.raises(ModelUnconfirmed) as caught:
        install(store, "net")
    assert caught.value.hashes == {"net.onnx": HASH}
    assert f"lookout models install net --confirm {HASH}" in str(caught.value)
    with pytest.raises(ModelMissing):
        store.read("net")
    with pytest.raises(ModelUnconfirmed):
        install(store, "net", confirmed=["0" * 64])

    assert install(store, "net", confirmed=[HASH]) == (tmp_path / "cache" / "net.onnx",)
    assert verify(store_of(tmp_path, file), "net") == (tmp_path / "cache" / "net.onnx",)


def test_what_was_confirmed_once_is_what_every_later_file_has_to_be(tmp_path: Path) -> None:
    contents = {"net.onnx": CONTENT}
    with serving(contents) as address:
        file = ModelFile("net.onnx", "", 0, f"{address}/net.onnx")
        with pytest.raises(ModelUnconfirmed):
            install(store_of(tmp_path, file), "net")
        install(store_of(tmp_path, file), "net", confirmed=[HASH])
        contents["net.onnx"] = CONTENT + b"!"
        with pytest.raises(ModelDamaged, match="has changed"):
            install(store_of(tmp_path, file), "net")
    (tmp_path / "cache" / "net.onnx").write_bytes(b"swapped")
    with pytest.raises(ModelDamaged, match="is not the net that the registry knows"):
        verify(store_of(tmp_path, file), "net")


def test_a_file_that_nobody_has_confirmed_is_not_loaded_wherever_it_lies(tmp_path: Path) -> None:
    store = store_of(tmp_path, ModelFile("net.onnx", "", 0, "https://example.org/net.onnx"))
    store.cache.mkdir()
    (store.cache / "net.onnx").write_bytes(CONTENT)
    with pytest.raises(ModelUnconfirmed, match=HASH):
        store.read("net")


def test_removing_deletes_the_file_and_the_confirmation_and_nothing_elsewhere(
    address: str, tmp_path: Path
) -> None:
    file = ModelFile("net.onnx", "", 0, f"{address}/net.onnx")
    store = store_of(tmp_path, file)
    with pytest.raises(ModelUnconfirmed):
        install(store, "net")
    install(store, "net", confirmed=[HASH])
    assert remove(store, "net") == (tmp_path / "cache" / "net.onnx",)
    assert read_pins(tmp_path / "config" / "pinned-models.json") == {}

    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / "net.onnx").write_bytes(CONTENT)
    with pytest.raises(ModelMissing, match=r"it lies at .*mine"):
        remove(replace(store, folders=(elsewhere, store.cache)), "net")
    assert (elsewhere / "net.onnx").exists()


def test_weights_for_non_commercial_use_are_fetched_only_on_that_condition(
    address: str, tmp_path: Path
) -> None:
    file = ModelFile("net.onnx", HASH, len(CONTENT), f"{address}/net.onnx")
    store = store_of(tmp_path, file, commercial=False)
    with pytest.raises(ModelError, match="--accept-non-commercial"):
        install(store, "net")
    assert install(store, "net", accept_non_commercial=True)
