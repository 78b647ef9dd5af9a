"""The newest picture of every camera, for whoever watches.

`LiveViews` is a `FrameQueue` in front of the others. It keeps a reference to what has come in
anyway and does no work of its own: nothing is decoded, drawn or encoded before somebody watches.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lookout.faces.detections import Image
from lookout.server.imaging.jpeg import jpeg_size_wh
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, FrameQueue, Outcome, Source
from lookout.wire.records import Face

MOST_VIEWS = 512
"""Cameras whose newest picture is kept; the one that is oldest makes room."""

Wake = Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class CameraView:
    """The newest recognized frame of one camera.

    number: rises with every frame of any camera. arrived_s: this machine's monotonic clock.
    jpeg, image_bgr: the picture as it came, in one of these forms.
    """

    camera: str
    number: int
    arrived_s: float
    jpeg: bytes
    faces: tuple[Face, ...]
    image_bgr: Image | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height. Raises BadImage."""
        if self.image_bgr is not None:
            return self.image_bgr.shape[1], self.image_bgr.shape[0]
        return jpeg_size_wh(self.jpeg)


class LiveViews:
    """Keeps the newest view of each camera. Any thread."""

    def __init__(self, frames: FrameQueue) -> None:
        self._frames = frames
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._views: dict[str, CameraView] = {}
        self._watchers: dict[str, tuple[Wake, ...]] = {}

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        def kept(outcome: Outcome) -> None:
            if isinstance(outcome, Answer) and not outcome.result.dropped:
                self._keep(
                    job.source.camera,
                    job.arrived_s,
                    outcome.result.faces,
                    jpeg=job.jpeg,
                    image_bgr=job.image_bgr,
                )
            deliver(outcome)

        self._frames.offer(job, kept)

    def forget(self, source: Source) -> None:
        self._frames.forget(source)

    def show(self, camera: str, image_bgr: Image, arrived_s: float) -> None:
        """Takes a frame that is not searched, because it shows nothing new: the faces of the last
        one are still there."""
        before = self.newest(camera)
        faces = () if before is None else before.faces
        self._keep(camera, arrived_s, faces, image_bgr=image_bgr)

    def newest(self, camera: str) -> CameraView | None:
        """The newest view of the camera with this name; None before its first frame."""
        with self._lock:
            return self._views.get(camera)

    def drop(self, camera: str) -> None:
        """Forgets the view of a camera that has been renamed or removed."""
        with self._lock:
            self._views.pop(camera, None)

    def watch(self, cameras: Iterable[str], wake: Wake) -> Callable[[], None]:
        """Calls `wake` with each new view of these cameras, until the function that is returned is
        called. From the recognition thread: must neither block nor raise."""
        names = frozenset(cameras)
        with self._lock:
            for name in names:
                self._watchers[name] = (*self._watchers.get(name, ()), wake)

        def end() -> None:
            with self._lock:
                for name in names:
                    left = list(self._watchers.get(name, ()))
                    if wake in left:
                        left.remove(wake)
                    if left:
                        self._watchers[name] = tuple(left)
                    else:
                        self._watchers.pop(name, None)

        return end

    def is_watched(self, camera: str) -> bool:
        """Whether anybody watches the camera right now."""
        with self._lock:
            return camera in self._watchers

    def _keep(
        self,
        camera: str,
        arrived_s: float,
        faces: tuple[Face, ...],
        *,
        jpeg: bytes = b"",
        image_bgr: Image | None = None,
    ) -> None:
        with self._lock:
            before = self._views.get(camera)
            if before is not None and before.arrived_s > arrived_s:
                return  # this one was searched while a later one was only shown
            if camera not in self._views and len(self._views) >= MOST_VIEWS:
                del self._views[min(self._views.values(), key=lambda view: view.number).camera]
            self._views[camera] = CameraView(
                camera, next(self._numbers), arrived_s, jpeg, faces, image_bgr
            )
            watchers = self._watchers.get(camera, ())
        for wake in watchers:
            wake()
