"""The clients of `benchmarks.http`, against a small server over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.system.http.load import body_of, measure, upload
from benchmarks.system.http.photographs import SIZE_WH, read_photographs
from benchmarks.system.http.servers import Target
from lookout.faces.detect.hog import HogDetector
from lookout.server.imaging.jpeg import decode_bgr

Answer = tuple[int, Mapping[str, str], bytes]

ANSWER: Answer = (200, {}, json.dumps({"faces": [{}, {}]}).encode())
BODIES = [body_of(b"\xff\xd8 first"), body_of(b"\xff\xd8 second")]


@contextlib.contextmanager
def site(*answers: Answer) -> Iterator[tuple[Target, list[bytes]]]:
    """A server that gives these answers in turn, over and over, and what it was sent."""
    sent: list[bytes] = []
    turn = itertools.cycle(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = next(turn)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        program: Any = SimpleNamespace(pid=os.getpid())
        yield Target("site", program, f"http://127.0.0.1:{server.server_port}/"), sent
        server.shutdown()
        thread.join(10.0)


def test_every_client_uploads_photographs_until_the_time_is_over() -> None:
    with site(ANSWER) as (target, sent):

        async def ten_more(_: float) -> None:
            enough = len(sent) + 10
            while len(sent) < enough:
                await asyncio.sleep(0.01)

        figures = measure(target, BODIES, clients=3, seconds=2.0, rest=ten_more)
    assert figures.answered > 0
    assert figures.faces == 2.0
    assert figures.per_s == pytest.approx(figures.answered / figures.seconds)
    assert 0.0 < figures.p50_ms <= figures.p95_ms <= figures.p99_ms
    assert (figures.turned_away, figures.broken) == (0, {})
    assert set(sent) == set(BODIES)


def test_who_is_told_to_come_again_does_so_and_nothing_is_lost() -> None:
    again = (503, {"Retry-After": "0"}, b"")
    done: list[int] = []
    with site(again, ANSWER, ANSWER) as (target, sent):
        broken = upload(target, BODIES, 4, 20, done.append)
    assert not broken
    assert done[-1] == 20
    assert len(sent) > 20


def test_what_is_neither_an_answer_nor_an_appointment_is_broken() -> None:
    with site((500, {}, b""), (503, {}, b"")) as (target, _):
        broken = upload(target, BODIES, 1, 10, lambda _: None)
    assert broken == {"500": 5, "503": 5}


@pytest.mark.data
def test_photographs_are_of_one_size_and_show_faces(data: Path, tmp_path: Path) -> None:
    for folder in ("families", "face_recognition", "boxes"):
        (tmp_path / folder).mkdir()
    for name in ("families/Family1-Dad1.jpg", "boxes/dogs.jpg"):
        (tmp_path / name).write_bytes((data / name).read_bytes())
    (photograph,) = read_photographs(tmp_path, HogDetector())
    assert decode_bgr(photograph.jpeg).shape == (*SIZE_WH[::-1], 3)
    assert photograph.faces == 1
