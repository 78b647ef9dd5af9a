"""A network camera as footage: always its newest frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.server.imaging.resize import fit
from lookout.server.recognize.errors import StreamLost
from lookout.server.recognize.footage import LONGER_SIDE_PX, Chooser, VideoFrame
from lookout.wire.redaction import LOGIN_HINT, without_secrets

OPEN_TIMEOUT_S, READ_TIMEOUT_S = 10.0, 10.0
END_TIMEOUT_S = 2.0
POLL_S = 0.2


class LiveStream:
    """rtsp:// or http://, by FFmpeg. Time is this machine's, from the first frame on.

    Frames that come while one is being recognized are read and dropped, so that a slow machine
    recognizes fewer frames and never old ones. `seconds` ends the stream; without it, it goes on
    until `stop` is set or the camera ends it.
    """

    def __init__(
        self,
        url: str,
        *,
        looks_per_s: float,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = without_secrets(url)
        self.rate = self.looks_per_s = looks_per_s
        self.duration_s = seconds
        self.note = ""
        self._url = url
        self._clock = clock

    def frames(self, stop: threading.Event) -> Iterator[VideoFrame]:
        reader = _StreamReader(self._url)
        reader.start()
        chooser, began_s, last_s = Chooser(self.looks_per_s), None, 0.0
        try:
            while not stop.is_set():
                image_bgr = reader.newest(POLL_S)
                if image_bgr is None:
                    if reader.ended:
                        break
                    continue
                now_s = self._clock()
                began_s = now_s if began_s is None else began_s
                last_s = now_s - began_s
                if self.duration_s is not None and last_s >= self.duration_s:
                    return
                if chooser.chooses(last_s):
                    yield VideoFrame(fit(image_bgr, LONGER_SIDE_PX), last_s, chosen=True)
        finally:
            reader.close(END_TIMEOUT_S)
        if began_s is None and not stop.is_set():
            raise StreamLost(
                f"{self.name} does not open: it is offline, needs a user and password "
                "(rtsp://user:password@host/…), or sends no video at this address; "
                f"{LOGIN_HINT}"
            )
        if not stop.is_set():
            self.note = f"the stream ended by itself after {last_s:.0f} s"


class _StreamReader:
    """The thread that reads a stream and keeps its newest frame."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._changed = threading.Condition()
        self._newest: Image | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def ended(self) -> bool:
        """True once nothing more will come."""
        with self._changed:
            return not self._thread.is_alive() and self._newest is None

    def newest(self, timeout_s: float) -> Image | None:
        """The newest frame, each once; None if none comes within `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None, timeout_s)
            newest, self._newest = self._newest, None
            return newest

    def close(self, timeout_s: float) -> None:
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        limits = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(OPEN_TIMEOUT_S * 1000)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(READ_TIMEOUT_S * 1000)),
        ]
        capture = cv2.VideoCapture(self._url, cv2.CAP_FFMPEG, limits)
        try:
            while not self._stop.is_set():
                done, image_bgr = capture.read()
                if not done:
                    return
                with self._changed:
                    self._newest = np.asarray(image_bgr, np.uint8)
                    self._changed.notify_all()
        finally:
            capture.release()
