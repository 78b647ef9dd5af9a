"""Timed workers in processes of their own, so that each has its own threads and its own dlib."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("timed_worker.py")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerFailed(Exception):
    """A worker died or did not answer in time; what it wrote went to this process's stderr."""


class Worker:
    """One process of `benchmarks/support/timed_worker.py`. A context manager: leaving ends the
    process."""

    def __init__(
        self, python: str, threads: int, *arguments: str, timeout_s: float = 120.0
    ) -> None:
        self._timeout_s = timeout_s
        self._process = subprocess.Popen(
            [python, str(_SCRIPT), *arguments],
            env={**os.environ, **dict.fromkeys(_THREADS, str(threads))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.facts: dict[str, Any] = self._answer()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def time_ms(self, count: int) -> float:
        """The milliseconds that the worker took for `count` pieces. Raises WorkerFailed."""
        if self._process.stdin is None:
            raise WorkerFailed("the worker has no input")
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> Any:
        out = self._process.stdout
        with selectors.DefaultSelector() as selector:
            if out is not None:
                selector.register(out, selectors.EVENT_READ)
            line = out.readline() if out is not None and selector.select(self._timeout_s) else ""
        if not line:
            self.close()
            command = " ".join(map(str, self._process.args))  # type: ignore[arg-type]
            raise WorkerFailed(f"no answer in {self._timeout_s:g} s from: {command}")
        return json.loads(line)


def python_of(path: Path) -> str:
    """The interpreter that `path` means: itself, or that of the virtual environment there."""
    return str(path / "bin" / "python") if path.is_dir() else str(path)
