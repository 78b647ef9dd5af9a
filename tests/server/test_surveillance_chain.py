"""The chain of the surveillance systems before, whole: MTCNN finds a face, its box becomes 224×224
pixels, a VGGFace network encodes it, hash codes are compared by Hamming distance, and the person of
the Excel registry is the answer of `POST /uploadImage/`.

The network has the shape of VGGFace's ResNet-50 and random weights, which know people no better
than a blurred picture does: so it is asked for the same face in another picture.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openpyxl
import pytest

from benchmarks.support.keras_files import keras_file, random_layers
from benchmarks.support.waiting import wait_until
from lookout.faces.gallery.encodings_file import file_for, save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.match import MIN_ENCODINGS
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow
pytest.importorskip("h5py")

NAME = "vggface-toy"
DIMENSION = 2048 // 8
ENTRY = """
[{name}]
task = "encode"
licence = "none: random weights"
commercial = true
source = "a test"
method = "the shape of VGGFace's ResNet-50"
input = "(N, 3, 224, 224) float32, BGR minus a mean"
output = "(N, {dimension}) float32"
convert = "keras-resnet50"
[[{name}.files]]
name = "toy.h5"
sha256 = "{sha256}"
size = {size}
[{name}.encoder]
dimension = {dimension}
input_px = 224
order = "bgr"
mean = [91.4953, 103.8827, 131.0912]
margin = 1.3
metric = "cosine"
threshold = 0.5
"""


def registry(name: str, photograph: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "identifier", "image", "room"])
    sheet.append([name, "A-17", photograph, "204"])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def crowd(count: int) -> Gallery:
    """Enough made-up people for hash codes to be learnt."""
    random = np.random.default_rng(5).standard_normal((count, DIMENSION), np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    return Gallery(random, tuple(f"Nobody {number}" for number in range(count)), NAME)


def test_a_face_in_the_excel_registry_is_found_by_mtcnn_vggface_and_hash_codes(
    tmp_path: Path, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = keras_file(random_layers("keras-resnet50", share=8))
    models = tmp_path / "models"
    models.mkdir()
    (models / "toy.h5").write_bytes(content)
    config = tmp_path / "config" / "lookout"
    config.mkdir(parents=True)
    entry = ENTRY.format(
        name=NAME,
        dimension=DIMENSION,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )
    (config / "models.toml").write_text(entry, encoding="utf-8")
    for variable, folder in (("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    save_gallery(file_for(tmp_path / "encodings.pkl", NAME), crowd(MIN_ENCODINGS))
    options = ("--detector", "mtcnn", "--encoder", NAME, "--match", "hash", "--no-auth")
    with (
        ServerProcess(tmp_path, *options, http=True) as server,
        httpx.Client(base_url=server.http_address, timeout=60) as client,
    ):
        networks = client.get("/api/v1/models").json()["networks"]
        kept = {network["name"] for network in networks if network["kept"]}
        assert {"mtcnn", NAME} <= kept
        imported(client, registry("Eileen Collins", "eileen.jpg"), portrait)
        answer = client.post("/uploadImage/", files={"file": ("again.jpg", portrait)})
        body = answer.json()
        assert body["faces"] == 1, body
        (match,) = body["matches"]
        assert (match["name"], match["identifier"]) == ("Eileen Collins", "A-17")
        assert match["info"] == {"room": "204"}


def imported(client: httpx.Client, table: bytes, photograph: bytes) -> None:
    files = [
        ("registry", ("people.xlsx", table)),
        ("photographs", ("eileen.jpg", photograph)),
    ]
    job = client.post("/api/v1/imports", files=files, data={"use_poor": "true"}).json()
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(client.get(f"/api/v1/jobs/{job['id']}").json())
        return found["state"] in ("done", "failed")

    wait_until(has_ended, 60.0, "the end of the import")
    verdicts = [report["verdict"] for report in found["result"]["reports"]]
    assert verdicts == ["added"], found
