"""Cameras that play JPEGs to a real server over real sockets, at a fixed rate, as an edge would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookout.wire.connection import Connection, connect
from lookout.wire.errors import WireError
from lookout.wire.framing import Kind, Message
from lookout.wire.records import FrameInfo, Result

IN_FLIGHT = 2
ANSWER_TIMEOUT_S = 10.0
JOIN_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answered:
    """A frame that came back: when, after how long, with how many faces, how many known."""

    at_s: float
    round_trip_s: float
    faces: int
    known: int


class Camera:
    """One camera on one connection, with a thread that sends and one that receives.

    It sends `per_s` frames a second, at most two of them unanswered: a frame whose time comes
    while two are under way is skipped. `error` says why it ended if it ended by itself.
    """

    def __init__(
        self,
        port: int,
        name: str,
        jpegs: Sequence[bytes],
        per_s: float,
        phase: float,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        """`phase` (0..1) shifts its frames within their interval, and its place in the clip.
        `timeout_s`: a server that says nothing for so long is gone."""
        self.answers: list[Answered] = []
        self.dropped = 0
        self.error: WireError | None = None
        self._jpegs = jpegs
        self._name = name
        self._interval_s, self._phase = 1.0 / per_s, phase
        self._timeout_s = timeout_s
        self._stop = threading.Event()
        self._places = threading.Semaphore(IN_FLIGHT)
        self._connection: Connection = connect("127.0.0.1", port, client_id=name)
        self._threads = [
            threading.Thread(target=self._guard, args=(part,), name=f"{name} {what}", daemon=True)
            for what, part in (("sends", self._send), ("receives", self._receive))
        ]

    def __enter__(self) -> Camera:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._connection.close()
        for thread in self._threads:
            thread.join(JOIN_TIMEOUT_S)

    def between(self, from_s: float, to_s: float) -> list[Answered]:
        """The answers that came in this time (`time.monotonic`)."""
        return [answer for answer in list(self.answers) if from_s <= answer.at_s < to_s]

    def _guard(self, part: Callable[[], None]) -> None:
        try:
            part()
        except WireError as error:
            if not self._stop.is_set():
                self.error = error

    def _send(self) -> None:
        due_s = time.monotonic() + self._phase * self._interval_s
        at = round(self._phase * len(self._jpegs))
        number = 0
        while not self._stop.wait(max(0.0, due_s - time.monotonic())):
            due_s += self._interval_s
            at = (at + 1) % len(self._jpegs)
            if not self._places.acquire(blocking=False):
                continue
            number += 1
            info = FrameInfo(self._name, number, time.monotonic())
            self._connection.send(Message(Kind.FRAME, info.to_meta(), self._jpegs[at]))

    def _receive(self) -> None:
        while not self._stop.is_set():
            message = self._connection.receive(self._timeout_s)
            if message.kind is Kind.RESULT:
                self._take(Result.from_meta(message.meta))

    def _take(self, result: Result) -> None:
        self._places.release()
        if result.dropped:
            self.dropped += 1
            return
        now_s = time.monotonic()
        known = sum(face.name is not None for face in result.faces)
        self.answers.append(Answered(now_s, now_s - result.captured_at, len(result.faces), known))
