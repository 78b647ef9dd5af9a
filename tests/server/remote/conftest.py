"""An engine that listens on a real socket and answers as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Chip
from lookout.server.remote.options import EngineKind, RemoteOptions
from lookout.server.remote.worker import DetectorWorker, EncoderWorker


class ToyDetector:
    """Finds one face: the whole picture, with the first pixel as its score."""

    face_px = 40

    def __init__(self, name: str = "toy") -> None:
        self.name = name
        self.calls: list[int] = []

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self.calls.append(len(images_bgr))
        return [
            Detections(
                np.array([[0, 0, image.shape[1], image.shape[0]]], np.float32),
                np.array([image[0, 0, 0]], np.float32),
                np.arange(10, dtype=np.float32).reshape(1, 5, 2),
            )
            for image in images_bgr
        ]


class ToyEncoder:
    """An encoding is the mean of the chip and of its second half, if it has one."""

    dimension, tolerance = 2, 0.6

    def __init__(self, name: str = "toy+toy") -> None:
        self.name = name
        self.calls: list[int] = []

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return [(image_bgr, image_bgr) for _ in range(len(detections))]

    def encode(self, chips: Sequence[Chip]) -> Floats:
        self.calls.append(len(chips))
        rows = [[part.mean() for part in chip] for chip in chips]
        return np.array(rows, np.float32).reshape(-1, 2)


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Who has given up does not hear the answer."""


class Engine:
    """status: of every answer. gate: shut, nobody is answered. refuse: so many calls, the next, are
    answered 500, as those of a replica that was killed."""

    def __init__(self) -> None:
        self.detector, self.encoder = ToyDetector(), ToyEncoder()
        self.refuse = 0
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()
        self._workers: dict[str, DetectorWorker | EncoderWorker] = {
            "/detect": DetectorWorker(self.detector),
            "/encode": EncoderWorker(self.encoder),
        }
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = engine.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.options = RemoteOptions(EngineKind.RAY, "127.0.0.1", self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._guard = threading.Lock()
        self._thread.start()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.gate.wait(30.0)
        with self._guard:
            self.asked += 1
            if self.refuse > 0:
                self.refuse -= 1
                return 500, b""
            return 200, self._workers[path].answers([body])[0]

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()
