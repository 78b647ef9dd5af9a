"""Looks at pictures with the server's engines, a few at a time, and turns away what is too much.

The engines are the ones that recognise camera frames (`server.inference.shared_engines`): uploads
that come together share their calls, with each other and with frames, and a flood of uploads delays
a frame by one batch at most. While some pictures are in the networks others are decoded; more
threads would only hold more decoded pictures.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from lookout.faces.detections import Detections, Floats
from lookout.faces.five_points import five_of_68
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.judgement import Reason, judge_photo, main_face
from lookout.faces.photo.quality import FaceView, view_of
from lookout.faces.protocols import Detector, Encoder
from lookout.server.api.errors.api_error import Overloaded
from lookout.server.api.services.metrics import Metrics
from lookout.server.imaging.upload import Picture, read_picture
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.inference.stage_timer import StageTimer

AT_ONCE = 4
MAX_WAITING = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class AnalyzedImage:
    """What was seen in one picture, in the pixels that were sent.

    detections: N faces; encodings: (N, D) float32; views: N, in the pixels that were looked at.
    points_xy:  (N, 5, 2) float32, viewer's left first.
    """

    picture: Picture
    detections: Detections
    encodings: Floats
    points_xy: Floats
    views: tuple[FaceView, ...]
    laps_ms: dict[str, float]

    def __len__(self) -> int:
        return len(self.detections)


@dataclass(frozen=True, slots=True, eq=False)
class AnalyzedPhoto:
    """A photograph to enrol from: what was seen, whose face is meant, what speaks against it."""

    look: AnalyzedImage
    face: int | Reason
    reasons: tuple[Reason, ...]


class FaceAnalyzer:
    """The engines for the routes. `close` ends its threads."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        metrics: Metrics,
        landmarks: Callable[[], Landmarker] | None = None,
    ) -> None:
        self.detector = detector
        self.encoder = encoder
        self.landmarker = (landmarks or LandmarkModel())()
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="looks")
        self._waiting = 0
        self._idle = threading.Condition()
        self._running = 0

    async def look(self, content: bytes) -> AnalyzedImage:
        """Find, align and encode every face. Raises BadPicture, BadImage or Overloaded."""
        return await self.run(lambda: self.look_now(content))

    async def photo(self, content: bytes) -> AnalyzedPhoto:
        """Look at a photograph to enrol from. Raises as `look`."""
        return await self.run(lambda: self.photo_now(content))

    async def run(self, work: Callable[[], T]) -> T:
        """Have `work` done by one of the threads. Raises Overloaded if too much waits."""
        if self._waiting >= MAX_WAITING + AT_ONCE:
            self._metrics.turned_away.inc()
            raise Overloaded(f"{MAX_WAITING} pictures are waiting already; try again in a moment")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._worked, work)
        future.add_done_callback(self._done)
        return await future

    def _done(self, _: asyncio.Future[T]) -> None:
        self._waiting -= 1

    def _worked(self, work: Callable[[], T]) -> T:
        with self._idle:
            self._running += 1
        try:
            return work()
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def look_now(self, content: bytes) -> AnalyzedImage:
        """`look`, in the calling thread."""
        watch = StageTimer()
        picture = read_picture(content)
        watch.lap("decode")
        (found,) = self.detector.detect([picture.image_bgr])
        watch.lap("detector")
        return self._encoded(picture, found, watch)

    def photo_now(self, content: bytes) -> AnalyzedPhoto:
        """`photo`, in the calling thread."""
        look = self.look_now(content)
        small = Detections(
            look.detections.box_xyxy / np.float32(look.picture.scale), look.detections.score
        )
        reasons = judge_photo(look.picture.image_bgr, small, self.landmarker)
        return AnalyzedPhoto(look, main_face(small), reasons)

    def _encoded(self, picture: Picture, found: Detections, watch: StageTimer) -> AnalyzedImage:
        chips = self.encoder.align(picture.image_bgr, found) if len(found) else []
        encodings = self.encoder.encode(chips)
        points = self._five_points(picture, found)
        watch.lap("calculator")
        scale = np.float32(picture.scale)
        self._metrics.looks.inc()
        return AnalyzedImage(
            picture=picture,
            detections=Detections(found.box_xyxy * scale, found.score, points * scale),
            encodings=encodings,
            points_xy=points * scale,
            views=tuple(view_of(picture.image_bgr, box) for box in found.box_xyxy),
            laps_ms=watch.laps_ms,
        )

    def _five_points(self, picture: Picture, found: Detections) -> Floats:
        """The detector's own, else from dlib's predictor."""
        if found.points_xy is not None:
            return found.points_xy
        if not len(found):
            return np.zeros((0, 5, 2), np.float32)
        return five_of_68(self.landmarker.points(picture.image_bgr, found))

    def close(self, timeout_s: float) -> bool:
        """Take no more. False if something is still being looked at after `timeout_s`."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, timeout_s)
