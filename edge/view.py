"""What the viewers see: the annotated picture while it is fresh, else the plain one.

The plain picture comes straight from the camera's slot, so nothing that the server does or fails
to do can hold it up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from lookout.edge.frame import Frame
from lookout.edge.freshness import Freshness
from lookout.edge.mjpeg import part
from lookout.edge.rate import RateMeter
from lookout.edge.slot import Slot
from lookout.overlay import draw_faces
from lookout.wire.records import Face, Overlay, Result

IDLE_S = 0.25
JPEG_QUALITY = 80


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
        self, camera: Slot[Frame], is_online: Callable[[], bool], overlay: Overlay
    ) -> None:
        self.parts: Slot[bytes] = Slot()
        self.pictures: Slot[Frame] = Slot()
        self._camera = camera
        self._is_online = is_online
        self._overlay = overlay
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

    def on_result(self, result: Result, jpeg: bytes) -> None:
        """The server answered. `jpeg` is the annotated picture, empty where the edge draws."""
        if result.dropped:
            return
        with self._lock:
            self._faces = result.faces
            live = self._freshness.answered(result.captured_at, time.time())
        if live and jpeg and self._overlay is Overlay.SERVER:
            self._show(Frame(jpeg, result.number, result.captured_at))

    def status(self) -> ViewStatus:
        live, _ = self._live_faces()
        with self._lock:
            known = self._is_online() and self._freshness.is_recent(time.time())
            return ViewStatus(self._rate.per_second(), live, self._faces if known else ())

    def _live_faces(self) -> tuple[bool, tuple[Face, ...]]:
        online = self._is_online()
        with self._lock:
            if not online:
                self._freshness.mark_lost()
            live = self._freshness.is_live(self._newest_captured_at())
            return live, self._faces if live else ()

    def _newest_captured_at(self) -> float:
        """When the camera last gave a picture: an answer to that one is fresh, however long ago it
        was. A camera that has stopped must not look like a server that is too slow."""
        newest = self._camera.newest()
        return time.time() if newest is None else newest[1].captured_at

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
    decoded = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        return frame
    image_bgr = np.asarray(decoded, np.uint8)
    draw_faces(image_bgr, faces)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    ok, jpeg = cv2.imencode(".jpg", image_bgr, quality)
    return Frame(jpeg.tobytes(), frame.number, frame.captured_at) if ok else frame
