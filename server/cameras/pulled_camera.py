"""One camera that the server fetches, as the server's own process knows it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from lookout.faces.detections import Image
from lookout.server.cameras.status import CameraCondition
from lookout.server.cameras.stream_settings import (
    Attend,
    Phase,
    PictureSettings,
    Report,
    StreamSettings,
)
from lookout.server.cameras.views import LiveViews
from lookout.server.live.frame_job import Answer, FrameJob, Outcome, Source
from lookout.wire.records import FrameInfo, Overlay

DEAD_S = 5.0
"""Without a frame a camera is not online."""
CLOSE_UP_PX = 60.0
"""Faces below this size are looked at in the larger stream, where there is one."""

_SESSIONS = itertools.count(-1, -1)
"""Numbers of connections; those of edges count upwards."""


class PulledCamera:
    """Gives the frames of one camera to recognition. Any thread.

    name: what the camera is called now; a renamed one begins its tracks anew. sign_s: when its
    stream was last heard, by the clock; None before the process that is to read it has begun.
    """

    def __init__(
        self,
        settings: StreamSettings,
        name: str,
        views: LiveViews,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.name = name
        self.alone = False
        self._views = views
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._source = Source(next(_SESSIONS), name)
        self._faces = self._small_faces = False
        self._told: Attend | None = None
        self.sign_s: float | None = None
        self._frame_s: float | None = None
        self._report = Report(settings.stream, settings.run, Phase.CONNECTING)
        self._fault = self._why = ""

    @property
    def report(self) -> Report:
        """What was last heard of the stream; `fault` and `why` stay until pictures come again."""
        with self._lock:
            return replace(
                self._report,
                fault=self._report.fault or self._fault,
                why=self._report.why or self._why,
            )

    @property
    def frame_s(self) -> float | None:
        """When the last frame came, by the clock; None before the first."""
        return self._frame_s

    def condition(self) -> CameraCondition:
        """How the camera does now."""
        now_s, frame_s = self._clock(), self._frame_s
        if frame_s is not None and now_s - frame_s <= DEAD_S:
            return CameraCondition.ONLINE
        streaming = self._report.phase is Phase.STREAMING
        return CameraCondition.SILENT if streaming else CameraCondition.OFFLINE

    def heard(self, report: Report) -> None:
        """Takes a report of the stream."""
        with self._lock:
            self.sign_s = self._clock()
            self._report = report
            if report.phase is Phase.WAITING:
                self._fault, self._why = report.fault, report.why
            elif report.phase is Phase.STREAMING:
                self._fault = self._why = ""
                self._frame_s = self.sign_s
        if report.phase is Phase.WAITING:
            self.let_go()

    def took(self, picture: PictureSettings, image_bgr: Image, close_up_bgr: Image | None) -> None:
        """Takes a frame: to be searched, or only to be shown."""
        self.sign_s = self._frame_s = self._clock()
        if not picture.searched:
            self._views.show(self.name, image_bgr, picture.at_s)
            return
        info = FrameInfo(self.name, next(self._numbers), time.time(), Overlay.EDGE)
        job = FrameJob(self._source, info, b"", picture.at_s, image_bgr, close_up_bgr)
        self._views.offer(job, self._answered)

    def wish(self) -> Attend | None:
        """What the stream is to be told; None where it knows that already."""
        wish = Attend(
            self.settings.stream,
            faces=self._faces,
            close_up=self._small_faces and bool(self.settings.main_url),
            watched=self._views.is_watched(self.name),
        )
        if wish == self._told:
            return None
        self._told = wish
        return wish

    def let_go(self) -> None:
        """The connection is over, and its tracks with it."""
        with self._lock:
            source, self._source = self._source, Source(next(_SESSIONS), self.name)
            self._faces = self._small_faces = False
            self._told = None
        self._views.forget(source)

    def _answered(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Answer) or outcome.result.dropped:
            return
        boxes = [face.box_xyxy for face in outcome.result.faces]
        self._faces = bool(boxes)
        self._small_faces = any(min(x1 - x0, y1 - y0) < CLOSE_UP_PX for x0, y0, x1, y1 in boxes)
