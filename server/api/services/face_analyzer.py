"""The server's engines for the routes: a few pictures at a time, and no more than can wait.

The engines are the ones that recognize camera frames (`server.inference.shared_engines`): uploads
that arrive together share their calls, with each other and with frames, and a flood of uploads
delays a frame by one batch at most. While some pictures are in the networks others are decoded;
more threads would only hold more decoded pictures.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.liveness.gesture import gesture_in
from lookout.faces.liveness.verdict import LivenessVerdict
from lookout.faces.photo.examiner import Choose, ExaminedFace, ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import main_face
from lookout.faces.protocols import Detector, Encoder
from lookout.server.api.errors.api_error import Overloaded
from lookout.server.api.services.challenges import ChallengeFace
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.scoring import Liveness
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.recognize.analysis import AnalyzedImage, analyze

AT_ONCE = 4
MAX_WAITING = 64
MAX_WAITING_BYTES = 512 << 20
"""Of pictures as they were sent. The largest that are read have an eighth of it."""

T = TypeVar("T")


class FaceAnalyzer:
    """The engines for the routes. `close` ends its threads."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        metrics: Metrics,
        landmarks: Callable[[], Landmarker] | None = None,
        liveness: LivenessCheck | None = None,
    ) -> None:
        self.examiner = PhotoExaminer(detector, encoder, (landmarks or LandmarkModel())())
        self.liveness = liveness or LivenessCheck()
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="analysis")
        self._waiting = 0
        self._waiting_bytes = 0
        self._idle = threading.Condition()
        self._running = 0

    @property
    def detector(self) -> Detector:
        return self.examiner.detector

    @property
    def encoder(self) -> Encoder:
        return self.examiner.encoder

    async def analyze(self, content: bytes) -> AnalyzedImage:
        """Every face in a picture. Raises BadImage or Overloaded."""
        return await self._run(self.analyze_now, content)

    async def examine(self, content: bytes, choose: Choose = main_face) -> ExaminedPhoto:
        """A photograph to enrol from, of the face that `choose` takes. Raises as `analyze`."""
        return await self._run(functools.partial(self.examiner.examine, choose=choose), content)

    def analyze_now(self, content: bytes) -> AnalyzedImage:
        """`analyze`, in the calling thread."""
        look = analyze(content, self.detector, self.encoder, self.examiner.landmarker)
        if not self.liveness.on:
            return look
        image_bgr = look.picture.image_bgr
        boxes = (np.asarray(box, np.float32) for box in look.found.box_xyxy)
        return replace(look, liveness=tuple(self.liveness.verdict(image_bgr, box) for box in boxes))

    async def look_into(self, content: bytes, work: Callable[[AnalyzedImage], T]) -> T:
        """What `work` makes of the faces in a picture, in the thread that found them. Raises as
        `analyze`, and what `work` raises."""
        return await self._run(lambda sent: work(self.analyze_now(sent)), content)

    async def gesture(self, content: bytes) -> ChallengeFace | None:
        """What a challenge needs of a frame's largest face; None without one. Raises as
        `analyze`."""
        return await self._run(self._gesture_now, content)

    def _gesture_now(self, content: bytes) -> ChallengeFace | None:
        look = analyze(content, self.detector, self.encoder, self.examiner.landmarker)
        if not len(look) or self.examiner.landmarker is None:
            return None
        image_bgr, largest = look.picture.image_bgr, int(np.argmax(look.found.size_wh[:, 0]))
        found = look.found.take(np.array([largest]))
        box = np.asarray(found.box_xyxy[0], np.float32)
        gesture = gesture_in(self.examiner.landmarker, image_bgr, found, 0.0)
        if gesture is None:
            return None
        seen = self.liveness.look(image_bgr, box) if self.liveness.looks else None
        return ChallengeFace(gesture, look.encodings[largest], seen)

    def liveness_in(
        self, look: AnalyzedImage, faces: Sequence[int] | None = None
    ) -> list[Liveness]:
        """What was seen of each of these faces, or of all, and what a name asks of it."""
        chosen = range(len(look)) if faces is None else faces
        return [(verdict, self.liveness.demand) for verdict in look.verdicts(chosen)]

    def liveness_of(self, photo: ExaminedPhoto) -> LivenessVerdict | None:
        """The verdict on the face of a photograph; None without one, or where nobody looks."""
        if photo.picture is None or not isinstance(photo.face, ExaminedFace):
            return None
        return self.liveness.verdict(photo.picture.image_bgr, photo.face.box_xyxy)

    def close(self, timeout_s: float) -> bool:
        """Accept no more. False if a picture is still in the networks after `timeout_s`."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, timeout_s)

    async def _run(self, work: Callable[[bytes], T], content: bytes) -> T:
        """Have one of the threads do it. Raises Overloaded if too much waits."""
        size = len(content)
        if self._waiting >= MAX_WAITING + AT_ONCE:
            self._metrics.turned_away.inc()
            raise Overloaded(f"{MAX_WAITING} pictures are waiting already; try again in a moment")
        if self._waiting_bytes + size > MAX_WAITING_BYTES:
            self._metrics.turned_away.inc()
            raise Overloaded("many large pictures are waiting already; try again in a moment")
        self._waiting += 1
        self._waiting_bytes += size

        def done(_: asyncio.Future[T]) -> None:
            self._waiting -= 1
            self._waiting_bytes -= size

        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, self._counted, work, content)
        future.add_done_callback(done)
        return await future

    def _counted(self, work: Callable[[bytes], T], content: bytes) -> T:
        with self._idle:
            self._running += 1
        try:
            result = work(content)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()
        self._metrics.looks.inc()
        return result
