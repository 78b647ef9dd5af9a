"""What a client of events, in a process of its own, was told and when."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.support.event_client import READY
from benchmarks.support.waiting import wait_until

WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """number, type, the ids of person and camera, or `-`, and the Unix time of the client."""

    number: int
    at_s: float
    kind: str
    person: str
    camera: str


class EventClient:
    """A client over `socketio`, `websocket` or `mqtt`. Ends with the with-block."""

    def __init__(self, kind: str, address: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.support.event_client", kind, address],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: list[ToldEvent] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> EventClient:
        self._reader.start()
        if not self._ready.wait(WAIT_S):
            self._process.kill()
            raise RuntimeError("a client does not connect")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(WAIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait_for(self, holds: Callable[[list[ToldEvent]], bool], timeout_s: float = WAIT_S) -> bool:
        """Whether it holds of what was told before the time is over."""
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: holds(list(self.told)), timeout_s)
            return True
        return False

    def _read(self) -> None:
        for line in self._process.stdout or ():
            if line.strip() == READY:
                self._ready.set()
            else:
                number, at_s, kind, person, camera = line.split()
                self.told.append(ToldEvent(int(number), float(at_s), kind, person, camera))
