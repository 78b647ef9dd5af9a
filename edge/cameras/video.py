"""A video file, played at its own pace, in a loop."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from pathlib import Path

import cv2
import numpy as np

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.jpeg import fit_within, to_jpeg
from lookout.edge.cameras.pace import Pace
from lookout.edge.cameras.reader import ReaderCamera

USUAL_FPS = 25.0  # for a file that does not say
FASTEST_FPS = 120.0
LARGEST_WH = (1920, 1080)


class VideoCamera(ReaderCamera):
    """Plays a file. A machine too slow for it shows fewer pictures, at the right moments."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"video {path.name}")
        self._path = path

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        while not stop.is_set():
            yield from self._once(stop)

    def _once(self, stop: threading.Event) -> Generator[bytes, None, None]:
        capture = cv2.VideoCapture(str(self._path))  # reopened: seeking back is not exact
        try:
            if not capture.isOpened() or not capture.grab():
                raise CameraLost(f"{self._path} cannot be played: it is missing or no video")
            pace = Pace(_fps(capture), stop)
            while pace.wait():
                # Where decoding keeps up and compressing does not, a picture is left out.
                if not pace.behind:
                    done, image_bgr = capture.retrieve()
                    if done:
                        yield to_jpeg(
                            fit_within(image_bgr.astype(np.uint8, copy=False), LARGEST_WH)
                        )
                if not capture.grab():
                    pace.wait()  # the last picture stands as long as the others
                    return
        finally:
            capture.release()


def _fps(capture: cv2.VideoCapture) -> float:
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if math.isfinite(fps) and 0 < fps <= FASTEST_FPS else USUAL_FPS
