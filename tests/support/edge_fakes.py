"""Small stand-ins for the edge's neighbours: a camera that is steered by the test, and a server
whose opinion of photographs is set by hand."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from functools import cache

from skimage.data import astronaut

from lookout.edge.cameras import CameraLost
from lookout.edge.cameras.jpeg import to_jpeg
from lookout.edge.frame import Frame
from lookout.wire.errors import ConnectionLost
from lookout.wire.records import Verdict, VerdictReason


@cache
def portrait_jpeg() -> bytes:
    """The public-domain portrait, 512×512, as a camera would give it."""
    return to_jpeg(astronaut()[:, :, ::-1])


def picture(number: int) -> bytes:
    """The portrait with its number behind the JPEG's end, where every decoder ignores it."""
    return portrait_jpeg() + number.to_bytes(4, "big")


def number_of(jpeg: bytes) -> int:
    return int.from_bytes(jpeg[-4:], "big")


class PacedCamera:
    """Gives a numbered portrait `fps` times a second, until `pull_the_plug`."""

    name = "test camera"

    def __init__(self, fps: float) -> None:
        self.given = 0
        self._period_s = 1 / fps
        self._numbers = itertools.count(1)
        self._unplugged = threading.Event()
        self._due = 0.0

    def pull_the_plug(self) -> None:
        self._unplugged.set()

    def open(self) -> None:
        self._due = time.monotonic()

    def read(self, timeout_s: float) -> Frame:
        # Never two at once to make up for lost time: a camera does not do that either.
        self._due = max(self._due + self._period_s, time.monotonic())
        if self._unplugged.wait(max(0.0, self._due - time.monotonic())):
            raise CameraLost("test camera: unplugged")
        self.given = next(self._numbers)
        return Frame(picture(self.given), self.given, time.time())

    def close(self) -> None:
        pass


@dataclass
class Opinion:
    """A server that finds these reasons against every photograph; None: it is not there."""

    reasons: tuple[VerdictReason, ...] | None = ()
    can_keep: bool = True
    keeps_poor: bool = False
    advice: str = ""
    seen: list[tuple[str, str, bytes, bool]] = field(default_factory=list)

    def is_online(self) -> bool:
        return self.reasons is not None

    def submit_photo(
        self, jpeg: bytes, *, name: str, filename: str, keep_anyway: bool = False, timeout_s: float
    ) -> Verdict:
        if self.reasons is None:
            raise ConnectionLost("nobody there")
        self.seen.append((name, filename, jpeg, keep_anyway))
        kept = self.can_keep and (keep_anyway or self.keeps_poor or not self.reasons)
        return Verdict(len(self.seen), self.reasons, kept, self.advice)
