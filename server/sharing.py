"""One detector and one encoder for the whole server, lent to its threads in turn.

Recognition, the judging of photographs and training all need the networks; one copy is enough for
the memory of a GPU, and a network is called from one thread at a time. A plain lock would do, but
it may hand itself to the same thread over and over; these turns are first come, first served, so
that a long training delays a frame by one picture at most.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType

from faces.detections import Detections, Floats, Image
from faces.seams import Chip, Detector, Encoder


class Turns:
    """A lock that serves its threads in the order in which they asked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class SharedDetector:
    """A `faces.seams.Detector` that any thread may call."""

    def __init__(self, detector: Detector, turns: Turns) -> None:
        self._detector = detector
        self._turns = turns

    @property
    def name(self) -> str:
        return self._detector.name

    @property
    def face_px(self) -> int:
        return self._detector.face_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        with self._turns:
            return self._detector.detect(images_bgr)


class SharedEncoder:
    """A `faces.seams.Encoder` that any thread may call."""

    def __init__(self, encoder: Encoder, turns: Turns) -> None:
        self._encoder = encoder
        self._turns = turns

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def tolerance(self) -> float:
        return self._encoder.tolerance

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        with self._turns:
            return self._encoder.align(image_bgr, detections)

    def encode(self, chips: Sequence[Chip]) -> Floats:
        with self._turns:
            return self._encoder.encode(chips)
