"""The real server in a process of its own, started as a user starts it."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from benchmarks.support.programs import SERVER_LISTENS, Program
from lookout.wire.connection import Connection, connect

HTTP = re.compile(r"HTTP API on (\S+) port (\d+)")


class ServerProcess(Program):
    """Use as a context manager. With `http` it serves the HTTP API, too, at `http_address`, and
    keeps its data in `folder`; None leaves that to its defaults. What it prints is in `output`."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        environment: dict[str, str] | None = None,
        http: bool | None = False,
    ) -> None:
        self.encodings = folder / "encodings.pkl"
        self.images = folder / "images"
        self.images.mkdir(exist_ok=True)
        self.output = folder / "output.txt"
        serves = {
            True: ("--http", "--http-port", "0", "--data", str(folder / "data")),
            False: ("--no-http",),
            None: (),
        }
        super().__init__(
            *("-m", "server", "--port", "0", "--detector", "hog", "--encoder", "dlib-128"),
            *("--encodings", str(self.encodings), "--images", str(self.images)),
            *options,
            *serves[http],
            listens=SERVER_LISTENS,
            environment=environment,
            output=self.output,
        )

    def __enter__(self) -> ServerProcess:
        try:
            self.address = ("127.0.0.1", self.port)
        except BaseException:
            self.stop()
            raise
        served = HTTP.search(self.log_text)
        self.http_address = f"http://{served[1]}:{served[2]}" if served else ""
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.stop()  # closes its log

    @property
    def log_text(self) -> str:
        return "\n".join(self.log())

    def connect(self, *, token: str = "", tls: ssl.SSLContext | None = None) -> Connection:
        return connect(*self.address, client_id="test", token=token, tls_context=tls)
