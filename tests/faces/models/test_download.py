"""Fetching a model over real HTTP: nothing but the right bytes ever takes the model's name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lookout.faces.errors import ModelDamaged, ModelError
from lookout.faces.models.download import download
from lookout.faces.models.entry import ModelFile

CONTENT = bytes(range(256)) * 4096  # 1 MiB


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        body = CONTENT
        if self.path in ("/endless", "/silent"):
            self.end_headers()  # no length: only the connection's end would tell
            body = CONTENT * 64 if self.path == "/endless" else CONTENT
        else:
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
        if self.path == "/changed":
            body = CONTENT[:-1] + b"\0"
        if self.path == "/cut":
            body = CONTENT[:1000]
            self.close_connection = True
        try:
            self.wfile.write(body)
            if self.path == "/silent":
                released.wait(10)
        except OSError:
            self.close_connection = True  # the client has heard enough

    def log_message(self, *_: object) -> None:
        """Tests stay quiet."""


released = threading.Event()


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        released.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
        released.clear()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


def file(url: str | None) -> ModelFile:
    return ModelFile("tiny.onnx", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), url)


def test_the_right_bytes_arrive_under_their_name_and_progress_adds_up(
    address: str, tmp_path: Path
) -> None:
    counts: list[int] = []
    path = download(file(f"{address}/right"), tmp_path / "new" / "cache", progress=counts.append)
    assert path.read_bytes() == CONTENT
    assert sum(counts) == len(CONTENT)
    assert [entry.name for entry in path.parent.iterdir()] == ["tiny.onnx"]


@pytest.mark.parametrize(
    ("path", "error", "complaint"),
    [
        ("changed", ModelDamaged, "the registry expects"),
        ("cut", ModelError, r"ended after 1,000 of 1,048,576 bytes|IncompleteRead"),
        ("endless", ModelDamaged, "sends more than the 1,048,576 bytes"),
        ("missing", ModelError, "404"),
    ],
)
def test_wrong_bytes_leave_nothing_behind_and_what_was_there_stays(
    address: str, tmp_path: Path, path: str, error: type[Exception], complaint: str
) -> None:
    (tmp_path / "tiny.onnx").write_bytes(b"what was there before")
    with pytest.raises(error, match=complaint):
        download(file(f"{address}/{path}"), tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["tiny.onnx"]
    assert (tmp_path / "tiny.onnx").read_bytes() == b"what was there before"


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    with serving() as address:
        silent = ModelFile("tiny.onnx", "0" * 64, 2 * len(CONTENT), f"{address}/silent")
        with pytest.raises(ModelError):
            download(silent, tmp_path, timeout_s=0.3)
    assert list(tmp_path.iterdir()) == []


def test_nobody_listening_is_said_with_the_address(tmp_path: Path) -> None:
    with serving() as address:
        gone = file(f"{address}/right")
    with pytest.raises(ModelError, match=r"http://127.0.0.1:\d+/right could not be fetched"):
        download(gone, tmp_path)


def test_a_file_without_an_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no official address"):
        download(file(None), tmp_path)
