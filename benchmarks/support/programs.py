"""Starts the real programs, `python -m server` and `python -m edge`, for benchmarks and tests."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 30.0
LOG_LINES = 2000

SERVER_LISTENS = re.compile(r"listening on \S+ port (\d+)")
EDGE_LISTENS = re.compile(r"the page is at http://\S+?:(\d+)/")


class ProgramEnded(RuntimeError):
    """A program ended, or did not say where it listens; the message holds its last lines."""


class Program:
    """One process that says in its log on which port it listens. Ends with the with-block.

    `root` is the checkout that runs, `cwd` its working folder if another.
    `within` is a command that runs another, such as `unshare`, and is replaced by it;
    `environment` is added to this process's own; standard output goes to the file `output`.
    """

    def __init__(
        self,
        *arguments: str,
        listens: re.Pattern[str],
        cwd: Path | None = None,
        root: Path = ROOT,
        within: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        output: Path | None = None,
    ) -> None:
        with ExitStack() as opened:
            self._process = subprocess.Popen(
                [*within, sys.executable, *arguments],
                cwd=cwd or root,
                env={
                    **os.environ,
                    **(environment or {}),
                    **{"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(root)},
                },
                stdout=opened.enter_context(output.open("wb")) if output else None,
                stderr=subprocess.PIPE,
                text=True,
            )
        self.logged_bytes = 0
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._port: int | None = None
        self._listens = listens
        self._found = threading.Event()
        self._reader = threading.Thread(target=self._read, name="log reader", daemon=True)
        self._reader.start()

    @property
    def port(self) -> int:
        """The port on which it listens; waits until it says so."""
        self._found.wait(START_TIMEOUT_S)
        if self._port is None:
            raise ProgramEnded("it does not listen:\n" + "\n".join(self.log()[-20:]))
        return self._port

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def log(self) -> list[str]:
        """The newest lines that it wrote to its log."""
        return list(self._lines)

    def wait_for_log(self, text: str, timeout_s: float = 30.0) -> None:
        """Wait until `text` is in the log. Raises ProgramEnded, TimeoutError."""

        def logged() -> bool:
            if any(text in line for line in self.log()):
                return True
            if not self.running and not self._reader.is_alive():
                raise ProgramEnded(f"no {text!r} in its log:\n" + "\n".join(self.log()[-20:]))
            return False

        wait_until(logged, timeout_s, f"{text!r} in the log")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self._process.kill()
        self._process.wait(STOP_TIMEOUT_S)

    def stop(self) -> int:
        """Ends it as systemd would; its exit status."""
        if self.running:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode
        finally:
            self._reader.join(STOP_TIMEOUT_S)
            if self._process.stderr is not None:
                self._process.stderr.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        for line in self._process.stderr or ():
            self._lines.append(line.rstrip())
            self.logged_bytes += len(line)
            if self._port is None and (match := self._listens.search(line)):
                self._port = int(match.group(1))
                self._found.set()
        self._found.set()


def start_server(folder: Path, *options: str, port: int = 0, root: Path = ROOT) -> Program:
    """The recognition server on loopback, with its people in `folder`; `root`: of what checkout."""
    return Program(
        *("-m", "server", "--no-http", "--port", str(port)),
        *("--encodings", str(folder / "encodings.pkl"), "--images", str(folder / "images")),
        *options,
        listens=SERVER_LISTENS,
        root=root,
    )


def start_edge(
    folder: Path, server_port: int, camera: str, *options: str, within: Sequence[str] = ()
) -> Program:
    """The edge on loopback, with a page on a free port; captures go to `folder`."""
    return Program(
        *("-m", "edge", "--host", "127.0.0.1", "--port", "0"),
        *("--serverPort", str(server_port), "--camera", camera),
        *("--images", str(folder / "images")),
        *options,
        listens=EDGE_LISTENS,
        within=within,
    )


def train(folder: Path, *options: str) -> None:
    """Runs train_model.py over the photographs in `folder`."""
    subprocess.run(
        (
            *(sys.executable, "train_model.py", *options),
            *("--images", str(folder / "images"), "--output", str(folder / "encodings.pkl")),
        ),
        cwd=ROOT,
        check=True,
    )


def status_of(edge_port: int, timeout_s: float = 2.0) -> Mapping[str, Any]:
    """The answer of the edge's /status."""
    url = f"http://127.0.0.1:{edge_port}/status"
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:
        status: Mapping[str, Any] = json.load(answer)
        return status
