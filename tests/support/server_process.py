"""The real server in a process of its own, started as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

from lookout.wire.connection import Connection, connect
from tests.support.paths import ROOT

LISTENING = re.compile(r"listening on (\S+) port (\d+)")
HTTP = re.compile(r"HTTP API on (\S+) port (\d+)")
START_TIMEOUT_S = 180.0


class ServerProcess:
    """Use as a context manager. Its log goes to a file in `folder`; with `http` it serves the HTTP
    API, too, at `http_address`, and keeps its data in `folder`."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        environment: dict[str, str] | None = None,
        http: bool = False,
    ):
        self.encodings = folder / "encodings.pkl"
        self.images = folder / "images"
        self.images.mkdir(exist_ok=True)
        self._log = folder / "server.log"
        self._options = options
        self._options += (
            ("--http", "--http-port", "0", "--data", str(folder / "data"))
            if http
            else ("--no-http",)
        )
        self._environment = {**os.environ, **(environment or {})}

    def __enter__(self) -> ServerProcess:
        command = [sys.executable, "-m", "server", "--port", "0", "--detector", "hog"]
        command += ["--encodings", str(self.encodings), "--images", str(self.images)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *self._options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
            )
        match = LISTENING.search(self.wait_for_log("listening on", START_TIMEOUT_S))
        assert match is not None
        self.address = (match[1], int(match[2]))
        served = HTTP.search(self.log)
        self.http_address = f"http://{served[1]}:{served[2]}" if served else ""
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10.0)
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for_log(self, text: str, timeout_s: float = 10.0) -> str:
        """The log, once `text` is in it."""
        until_s = time.monotonic() + timeout_s
        while text not in self.log:
            if time.monotonic() > until_s or self.process.poll() is not None:
                raise TimeoutError(f"no {text!r} in the log:\n{self.log}")
            time.sleep(0.02)
        return self.log

    def connect(self, *, token: str = "", tls: ssl.SSLContext | None = None) -> Connection:
        return connect(*self.address, client_id="test", token=token, tls_context=tls)

    def terminate(self) -> float:
        """Send SIGTERM; the seconds until the process had ended."""
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10.0)
        return time.monotonic() - began_s
