"""Flower's programs as child processes, each with those that it starts itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lookout.server.federated.errors import FederatedError

END_S = 3.0


class ProgramEnded(FederatedError):
    """One of Flower's programs has ended by itself; its log says why."""


class Programs:
    """Owns child processes. One thread at a time; use it in a `with` statement."""

    def __init__(self, variables: Mapping[str, str], folder: Path) -> None:
        """folder: where their logs are written, `NAME.log`, each run afresh."""
        self._variables = dict(variables)
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str]) -> int:
        """Starts a program in a process group of its own; returns its id. Raises OSError."""
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                list(command),
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[name] = process
        return process.pid

    def run(self, name: str, command: Sequence[str], timeout_s: float) -> None:
        """A program that ends by itself. Raises ProgramEnded if it fails or does not end."""
        self.start(name, command)
        try:
            status = self._running[name].wait(timeout_s)
        except subprocess.TimeoutExpired:
            status = -1
        self._end(name)
        if status:
            raise ProgramEnded(self._last_words(name))

    def check(self) -> None:
        """Raises ProgramEnded if one has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProgramEnded(self._last_words(name))

    def close(self) -> None:
        """Ends all of them, and what they have started."""
        for name in reversed(list(self._running)):
            self._end(name)

    def __enter__(self) -> Programs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(END_S)

    def _last_words(self, name: str) -> str:
        lines = (self._folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return f"{name} has ended: {lines[-1][:300] if lines else 'it said nothing'}"
