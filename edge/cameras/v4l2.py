"""A USB camera, or whatever Linux shows as /dev/video*."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import cv2
import numpy as np

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.jpeg import Image, is_whole_jpeg, to_jpeg
from lookout.edge.cameras.reader import ReaderCamera

MOTION_JPEG = cv2.VideoWriter.fourcc(*"MJPG")


class UsbCamera(ReaderCamera):
    """Asks the camera for its own JPEGs and passes them on; compresses only where it has none."""

    def __init__(self, index: int, *, size_wh: tuple[int, int], fps: float) -> None:
        super().__init__(f"/dev/video{index}")
        self._index = index
        self._size_wh = size_wh
        self._fps = fps

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        capture = cv2.VideoCapture(self._index, cv2.CAP_V4L2)
        try:
            if not capture.isOpened():
                raise CameraLost(
                    f"{self.name} does not open: it is unplugged, another program uses it, or "
                    "this user is not in the group 'video'"
                )
            self._set_up(capture)
            while not stop.is_set():
                done, picture = capture.read()
                if not done:
                    raise CameraLost(f"{self.name} stopped giving pictures")
                data = np.asarray(picture, np.uint8)
                if _is_picture(data):
                    yield to_jpeg(data)
                elif is_whole_jpeg(jpeg := data.tobytes()):
                    yield jpeg
                else:  # its pictures are no whole JPEGs: from now on have them decoded
                    capture.set(cv2.CAP_PROP_CONVERT_RGB, 1)
        finally:
            capture.release()

    def _set_up(self, capture: cv2.VideoCapture) -> None:
        """The order matters: a new format resets the size, a new size resets the rate."""
        capture.set(cv2.CAP_PROP_FOURCC, MOTION_JPEG)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size_wh[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size_wh[1])
        capture.set(cv2.CAP_PROP_FPS, self._fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if round(capture.get(cv2.CAP_PROP_FOURCC)) == MOTION_JPEG:
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)


def _is_picture(data: Image) -> bool:
    return data.ndim == 3 and data.shape[2] == 3


def usb_indexes(devices: Path = Path("/dev")) -> list[int]:
    """The numbers of the /dev/video* devices on this machine, in order."""
    names = (path.name.removeprefix("video") for path in devices.glob("video*"))
    return sorted(int(name) for name in names if name.isdecimal())
