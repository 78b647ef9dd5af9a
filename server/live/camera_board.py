"""The cameras and their condition, counted where frames go in and answers come out.

The board is a `FrameQueue` in front of the scheduler, so neither the sessions nor the scheduler
know of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from lookout.server.live.frame_job import Answer, Deliver, FrameJob, FrameQueue, Outcome, Source

SILENT_AFTER_S = 5.0
"""A connected camera that sends nothing for so long has stopped, or its network has."""
MAX_CAMERAS = 512
"""Names come from edges; the camera that was lost first makes room."""


class Condition(StrEnum):
    """online: frames come; silent: connected, but none came for 5 s; offline: not connected."""

    ONLINE = "online"
    SILENT = "silent"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class ConnectedCamera:
    """One camera as of now. Times are those of the board's clock, which is monotonic
    (`server.live.clock` converts them); counts are since the server started.

    dropped: frames that a newer one replaced before their turn. refused: frames that were not an
    image. faces: in the last recognized frame. latency_ms: from arrival to answer, smoothed.
    """

    name: str
    first_frame_s: float
    last_frame_s: float
    connected: bool = True
    frames: int = 0
    recognized: int = 0
    dropped: int = 0
    refused: int = 0
    faces: int = 0
    latency_ms: float | None = None
    interval_s: float | None = None

    def fps(self, now_s: float) -> float:
        """Frames a second; 0 where none came lately."""
        if self.interval_s is None or self.condition(now_s) is not Condition.ONLINE:
            return 0.0
        return 1 / max(self.interval_s, now_s - self.last_frame_s, 0.001)

    def condition(self, now_s: float) -> Condition:
        """The condition at `now_s` of the board's clock."""
        if not self.connected:
            return Condition.OFFLINE
        silent = now_s - self.last_frame_s > SILENT_AFTER_S
        return Condition.SILENT if silent else Condition.ONLINE


class CameraBoard:
    """Counts the frames that pass to `frames`. Any thread."""

    def __init__(self, frames: FrameQueue, clock: Callable[[], float] = time.monotonic) -> None:
        self._frames = frames
        self._clock = clock
        self._lock = threading.Lock()
        self._cameras: dict[str, ConnectedCamera] = {}
        self._sources: dict[str, set[Source]] = {}

    def cameras(self) -> tuple[ConnectedCamera, ...]:
        """Every camera, by name."""
        with self._lock:
            return tuple(sorted(self._cameras.values(), key=lambda camera: camera.name))

    def camera(self, name: str) -> ConnectedCamera | None:
        """The camera with this name; None where it has sent nothing."""
        with self._lock:
            return self._cameras.get(name)

    def drop(self, name: str) -> None:
        """Forgets a camera that has been renamed or removed; a further frame makes it known."""
        with self._lock:
            self._cameras.pop(name, None)
            self._sources.pop(name, None)

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        name, now_s = job.source.camera, self._clock()
        with self._lock:
            self._make_room(name)
            camera = self._cameras.get(name) or ConnectedCamera(name, now_s, now_s)
            self._sources.setdefault(name, set()).add(job.source)
            self._cameras[name] = replace(
                camera,
                connected=True,
                last_frame_s=now_s,
                frames=camera.frames + 1,
                interval_s=_smoothed_interval_s(camera, now_s),
            )

        def counted(outcome: Outcome) -> None:
            self._count(name, outcome, time.monotonic() - job.arrived_s)
            deliver(outcome)

        self._frames.offer(job, counted)

    def forget(self, source: Source) -> None:
        with self._lock:
            sources = self._sources.get(source.camera, set())
            sources.discard(source)
            camera = self._cameras.get(source.camera)
            if camera is not None and not sources:
                self._cameras[source.camera] = replace(camera, connected=False)
        self._frames.forget(source)

    def _count(self, name: str, outcome: Outcome, seconds: float) -> None:
        with self._lock:
            camera = self._cameras.get(name)
            if camera is None:
                return
            if not isinstance(outcome, Answer):
                camera = replace(camera, refused=camera.refused + 1)
            elif outcome.result.dropped:
                camera = replace(camera, dropped=camera.dropped + 1)
            else:
                before_ms = camera.latency_ms
                latency_ms = seconds * 1000
                if before_ms is not None:
                    latency_ms = 0.8 * before_ms + 0.2 * latency_ms
                camera = replace(
                    camera,
                    recognized=camera.recognized + 1,
                    faces=len(outcome.result.faces),
                    latency_ms=latency_ms,
                )
            self._cameras[name] = camera

    def _make_room(self, name: str) -> None:
        if name in self._cameras or len(self._cameras) < MAX_CAMERAS:
            return
        gone = [camera for camera in self._cameras.values() if not camera.connected]
        if gone:
            oldest = min(gone, key=lambda camera: camera.last_frame_s)
            del self._cameras[oldest.name]
            self._sources.pop(oldest.name, None)


def _smoothed_interval_s(camera: ConnectedCamera, now_s: float) -> float | None:
    if not camera.frames:
        return None
    latest_s = now_s - camera.last_frame_s
    if camera.interval_s is None or latest_s > SILENT_AFTER_S:
        return latest_s
    return 0.9 * camera.interval_s + 0.1 * latest_s
