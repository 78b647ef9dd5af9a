"""The real programs, as processes that a test starts, stops and kills."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from lookout.edge.cameras.demo import portrait
from tests.support.paths import ROOT

START_TIMEOUT_S = 60.0
FPS = 15


def free_port() -> int:
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        port: int = finder.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"waited {timeout_s:g} s in vain for {what}"
        time.sleep(0.02)


class Program:
    """One process whose log goes to a file."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log = log
        self._command = [sys.executable, *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, until: str) -> str:
        """Start, anew after a kill; returns what of the log matches `until`, once it is there."""
        if self._process is not None:
            self._process.wait(10.0)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stderr=log)
        wait_for(lambda: bool(re.search(until, self.log())), START_TIMEOUT_S, until)
        found = re.search(until, self.log())
        assert found
        return found[0]

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def end(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(10.0)


class Server(Program):
    """The recognition server on a port of its own, which it keeps from start to start."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.encodings = folder / "encodings.pkl"
        super().__init__(
            folder / "server.log",
            *("-m", "server", "--no-http", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--detector", "yunet", "--images", str(folder / "server-images")),
            *("--encodings", str(self.encodings)),
        )

    def listen(self) -> None:
        self.start(until="listening on")


class Edge(Program):
    """The edge, with its page at `address`."""

    def __init__(self, folder: Path, camera: str, server_port: int) -> None:
        self.images = folder / "images"
        self.address = ""
        super().__init__(
            folder / "edge.log",
            *("edge/webapp.py", "--serverIP", "127.0.0.1", "--serverPort", str(server_port)),
            *("--camera", camera, "--camera-name", "Front door", "--images", str(self.images)),
            *("--host", "127.0.0.1", "--port", "0"),
            # Chromium decodes and draws by the processor: at 30 a second it takes a whole core.
            *("--fps", str(FPS)),
        )

    def serve(self) -> None:
        self.address = self.start(until=r"http://127\.0\.0\.1:\d+")
        wait_for(lambda: self.status()["camera"]["ok"], START_TIMEOUT_S, "the camera")

    def status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}/status", timeout=5.0) as answer:  # noqa: S310
            status: dict[str, Any] = json.load(answer)
            return status


def enrol(folder: Path, name: str) -> Server:
    """A server that has learnt the still portrait under this name; not started."""
    server = Server(folder)
    photograph = folder / "people" / name / "portrait.jpg"
    photograph.parent.mkdir(parents=True)
    cv2.imwrite(str(photograph), portrait()[:300])  # her head and shoulders
    train = ["train_model.py", "--images", str(folder / "people"), "--detector", "hog"]
    subprocess.run(
        [sys.executable, *train, "--output", str(server.encodings)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return server
