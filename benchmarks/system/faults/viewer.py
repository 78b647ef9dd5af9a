"""A browser's eyes: reads the page's pictures and asks for its status in the page's own rhythm."""

from __future__ import annotations

import http.client
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.support.programs import status_of
from lookout.edge.cameras.byte_source import ByteSource
from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.multipart import boundary_of, parts
from lookout.overlay.frames import COLOURS
from lookout.wire.records import FaceState

ASK_EVERY_S = 0.25
"""As `ASK_EVERY_MS` in edge/static/status.js: what the page learns late, the viewer sees late."""

TIMEOUT_S = 5.0
MOST_SEEN = 20_000

OFFLINE = "Recognition offline"
TOO_SLOW = "Recognition is too slow"

COLOUR_BGR = np.array(COLOURS[FaceState.KNOWN], np.int16)
COLOUR_RANGE = 30
FEWEST_PIXELS = 20
"""Of a picture at half its size. The frame of a known face leaves about 80 pixels of its colour,
the plain demo picture and the frame of an unknown face none."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One new picture. `named`: a known face's frame is drawn on it."""

    at_s: float
    named: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The page's status: its banner, empty when there is none, and the names of who is in view.
    `camera_fps` is the rate of the camera itself."""

    at_s: float
    banner: str
    names: tuple[str, ...]
    camera_fps: float


class Viewer:
    """Owns two threads, one for the pictures and one for the status. Times are monotonic seconds;
    pictures that the page repeats because the camera stands still are not new and do not count."""

    def __init__(self, edge_port: int) -> None:
        self._port = edge_port
        self._pictures: deque[Picture] = deque(maxlen=MOST_SEEN)
        self._statuses: deque[Status] = deque(maxlen=MOST_SEEN)
        self._stop = threading.Event()
        self.error: Exception | None = None
        self._threads = [
            threading.Thread(target=self._guarded, args=(run,), name="viewer", daemon=True)
            for run in (self._watch, self._ask)
        ]
        for thread in self._threads:
            thread.start()

    def pictures(self, since_s: float, until_s: float) -> list[Picture]:
        return [p for p in list(self._pictures) if since_s <= p.at_s <= until_s]

    def statuses(self, since_s: float, until_s: float) -> list[Status]:
        return [s for s in list(self._statuses) if since_s <= s.at_s <= until_s]

    def named_since(self, since_s: float, name: str) -> float | None:
        """The moment after `since_s` when a picture with a known face and the name without a banner
        were both there for the first time; None when they have not been yet."""
        drawn = (p.at_s for p in self.pictures(since_s, np.inf) if p.named)
        said = (s.at_s for s in self.statuses(since_s, np.inf) if name in s.names and not s.banner)
        first = (next(drawn, None), next(said, None))
        return None if first[0] is None or first[1] is None else max(first[0], first[1])

    def plain_since(self, since_s: float) -> float | None:
        """The moment after `since_s` when the first picture without a known face was there."""
        return next((p.at_s for p in self.pictures(since_s, np.inf) if not p.named), None)

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 1.0)

    def _guarded(self, run: Any) -> None:
        try:
            run()
        except (OSError, CameraLost, http.client.HTTPException) as error:
            self.error = error  # the page itself failed: the method that waits for it raises this

    def _watch(self) -> None:
        page = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        page.request("GET", "/video_feed")
        answer = page.getresponse()
        boundary = boundary_of(answer.headers.get("content-type", ""))
        if boundary is None:
            raise CameraLost(f"/video_feed answers {answer.status} and is no stream")
        before = b""
        with answer:
            for jpeg in parts(ByteSource(answer), boundary):
                if self._stop.is_set():
                    break
                if jpeg != before:
                    self._pictures.append(Picture(time.monotonic(), is_named(jpeg)))
                before = jpeg
        page.close()

    def _ask(self) -> None:
        next_s = time.monotonic()
        while not self._stop.wait(max(0.0, next_s - time.monotonic())):
            next_s = max(next_s + ASK_EVERY_S, time.monotonic())
            status = status_of(self._port, TIMEOUT_S)
            names = tuple(f["name"] for f in status["faces"] if f["state"] == "known")
            self._statuses.append(
                Status(time.monotonic(), banner_of(status), names, status["camera"]["fps"])
            )


def is_named(jpeg: bytes) -> bool:
    """The frame of a known face is drawn on the picture."""
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
    if decoded is None:
        raise CameraLost("the page showed something that is not a picture")
    low, high = (COLOUR_BGR - COLOUR_RANGE).tolist(), (COLOUR_BGR + COLOUR_RANGE).tolist()
    return cv2.countNonZero(cv2.inRange(decoded, tuple(low), tuple(high))) >= FEWEST_PIXELS


def banner_of(status: Mapping[str, Any]) -> str:
    """The banner that the page makes of its status, as `words` in edge/static/status.js."""
    if not status["camera"]["ok"]:
        return str(status["camera"]["words"])
    if not status["server"]["online"]:
        return OFFLINE
    if not status["view"]["recognising"]:
        return TOO_SLOW
    return ""
