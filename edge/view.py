"""The picture for the viewers: the annotated one while it is fresh, else the plain one.

The plain picture comes straight from the camera's slot, so nothing that the server does or fails
to do can hold it up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from lookout.edge.cameras.jpeg import from_jpeg, to_jpeg
from lookout.edge.frame import Frame
from lookout.edge.freshness import Freshness
from lookout.edge.mjpeg import part
from lookout.edge.rate import RateMeter
from lookout.edge.slot import Slot
from lookout.overlay import draw_faces
from lookout.wire.records import Face, Overlay, Result

IDLE_S = 0.25
JPEG_QUALITY = 80
MOST_FACES = 200
"""Faces of one result that are kept; a server that sends more holds nothing up."""
LABELS_S = 0.1
"""The time that new labels may take on one picture, whatever names the server sends."""


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """`recognising` says whether the server's answers are fresh enough for the picture. `faces` is
    who is in view; from a slow server that is known a little longer than it can be shown."""

    fps: float
    recognising: bool
    faces: tuple[Face, ...]


class View:
    """Owns one thread, which follows the camera. `on_result` belongs to the link's thread.

    `newest` holds the picture as a JPEG with its capture data, `parts` the same picture wrapped
    once for all streams (see `edge.mjpeg`).
    """

    def __init__(
        self,
        camera: Slot[Frame],
        is_online: Callable[[], bool],
        overlay: Overlay,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.parts: Slot[bytes] = Slot()
        self.pictures: Slot[Frame] = Slot()
        self._camera = camera
        self._is_online = is_online
        self._overlay = overlay
        self._clock = clock
        self._freshness = Freshness()
        self._faces: tuple[Face, ...] = ()
        self._rate = RateMeter()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="view", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends every stream and the thread."""
        self._stopping.set()
        self.parts.close()
        self.pictures.close()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def on_result(self, result: Result, jpeg: bytes, taken_s: float) -> None:
        """Takes the server's answer to the frame taken at `taken_s`, monotonic. `jpeg` is the
        annotated picture, empty where the edge draws."""
        if result.dropped:
            return
        with self._lock:
            self._faces = result.faces[:MOST_FACES]
            live = self._freshness.answered(taken_s, self._clock())
        if live and jpeg and self._overlay is Overlay.SERVER:
            self._show(Frame(jpeg, result.number, result.captured_at, taken_s))

    def status(self) -> ViewStatus:
        live, _ = self._live_faces()
        with self._lock:
            known = self._is_online() and self._freshness.is_recent(self._clock())
            return ViewStatus(self._rate.per_second(), live, self._faces if known else ())

    def _live_faces(self) -> tuple[bool, tuple[Face, ...]]:
        online = self._is_online()
        with self._lock:
            if not online:
                self._freshness.mark_lost()
            live = self._freshness.is_live(self._newest_taken_s())
            return live, self._faces if live else ()

    def _newest_taken_s(self) -> float:
        """The time of the camera's newest picture: an answer to that one is fresh, however old it
        is. A camera that has stopped must not look like a server that is too slow."""
        newest = self._camera.newest()
        return self._clock() if newest is None else newest[1].taken_s

    def _follow(self) -> None:
        seen = 0
        while not self._stopping.is_set():
            fresh = self._camera.wait(seen, IDLE_S)
            if fresh is None:
                continue
            seen, frame = fresh
            live, faces = self._live_faces()
            if live and self._overlay is Overlay.SERVER:
                continue  # the annotated pictures are on show
            self._show(_draw(frame, faces) if faces else frame)

    def _show(self, frame: Frame) -> None:
        self.pictures.put(frame)
        self.parts.put(part(frame.jpeg))
        self._rate.mark()


def _draw(frame: Frame, faces: tuple[Face, ...]) -> Frame:
    """The frame with the faces on it; the frame itself where its JPEG cannot be decoded."""
    image_bgr = from_jpeg(frame.jpeg)
    if image_bgr is None:
        return frame
    draw_faces(image_bgr, faces, LABELS_S)
    return replace(frame, jpeg=to_jpeg(image_bgr, JPEG_QUALITY))
