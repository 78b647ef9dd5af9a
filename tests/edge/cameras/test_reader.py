"""The thread behind every camera: devices that hang, end and raise."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from lookout.edge.cameras import CameraLost, reader
from lookout.edge.cameras.jpeg import HUFFMAN_TABLES, is_whole_jpeg, size_of, to_jpeg
from lookout.edge.cameras.reader import ReaderCamera
from lookout.edge.cameras.v4l2 import MOTION_JPEG, UsbCamera

PORTRAIT = np.ascontiguousarray(astronaut()[:480, :, ::-1])
JPEG = to_jpeg(PORTRAIT)


class HangingCamera(ReaderCamera):
    """A device whose driver does not return until the test lets it."""

    open_timeout_s = 0.1

    def __init__(self) -> None:
        super().__init__("hanging")
        self.let_go = threading.Event()
        self.runs = 0

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        self.runs += 1
        self.let_go.wait()
        yield JPEG


def test_a_driver_that_hangs_is_given_up_in_time_and_gets_no_second_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "CLOSE_TIMEOUT_S", 0.1)
    camera = HangingCamera()
    began = time.monotonic()
    with pytest.raises(CameraLost, match="no picture within"):
        camera.open()
    for _ in range(3):
        with pytest.raises(CameraLost, match="hangs in its driver"):
            camera.open()
    assert time.monotonic() - began < 2
    assert camera.runs == 1
    camera.let_go.set()
    monkeypatch.setattr(reader, "CLOSE_TIMEOUT_S", 5)
    camera.open()  # the device is back: the old thread has ended, a new one runs
    assert camera.read(5).jpeg == JPEG
    assert camera.runs == 2
    camera.close()


class ThreePictures(ReaderCamera):
    """Gives three pictures, then ends, or raises."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__("three")
        self.error = error
        self.ended = threading.Event()

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        try:
            for _ in range(3):
                yield JPEG
                stop.wait(0.05)
            if self.error is not None:
                raise self.error
        finally:
            self.ended.set()


def read_on(camera: ReaderCamera) -> None:
    while True:
        camera.read(5)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (None, CameraLost, "three ended"),
        (CameraLost("unplugged"), CameraLost, "unplugged"),
        (ZeroDivisionError("a fault of ours"), ZeroDivisionError, "a fault of ours"),
    ],
    ids=["end", "lost", "fault"],
)
def test_how_the_pictures_ended_reaches_the_reader_of_the_camera(
    error: Exception | None, kind: type[Exception], says: str
) -> None:
    camera = ThreePictures(error)
    with camera, pytest.raises(kind, match=says):
        read_on(camera)
    assert camera.ended.is_set()


def test_closing_lets_go_of_the_device_in_its_own_thread() -> None:
    camera = ThreePictures(None)
    camera.open()
    camera.close()
    assert camera.ended.is_set()
    with pytest.raises(CameraLost, match="not open"):
        camera.read(1)


class FakeCapture:
    """A USB camera as OpenCV shows one; `native` is what it sends undecoded."""

    def __init__(self, native: bytes, knows_jpeg: bool) -> None:
        self.native = native
        self.knows_jpeg = knows_jpeg
        self.settings: dict[int, float] = {cv2.CAP_PROP_CONVERT_RGB: 1}
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def set(self, setting: int, value: float) -> bool:
        if setting != cv2.CAP_PROP_FOURCC or self.knows_jpeg:
            self.settings[setting] = value
        return True

    def get(self, setting: int) -> float:
        return self.settings.get(setting, 0.0)

    def read(self) -> tuple[bool, np.ndarray]:
        time.sleep(0.01)  # the sensor's own pace
        if self.settings[cv2.CAP_PROP_CONVERT_RGB]:
            return True, PORTRAIT
        return True, np.frombuffer(self.native, np.uint8)[None]

    def release(self) -> None:
        self.released = True


@pytest.mark.parametrize(
    ("native", "knows_jpeg", "passes_through"),
    [
        (JPEG, True, True),
        (JPEG.replace(HUFFMAN_TABLES, b"\xff\xfe"), True, False),
        (b"", False, False),
    ],
    ids=["whole JPEGs", "JPEGs without tables", "no JPEGs"],
)
def test_a_usb_cameras_own_jpegs_pass_through_and_others_are_made(
    native: bytes, knows_jpeg: bool, passes_through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = FakeCapture(native, knows_jpeg)
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
    with UsbCamera(0, size_wh=(512, 480), fps=30) as camera:
        jpeg = camera.read(5).jpeg
    assert capture.settings.get(cv2.CAP_PROP_FOURCC, MOTION_JPEG) == MOTION_JPEG
    assert capture.settings[cv2.CAP_PROP_FRAME_WIDTH] == 512
    assert capture.settings[cv2.CAP_PROP_CONVERT_RGB] == (0 if passes_through else 1)
    assert is_whole_jpeg(jpeg)
    assert size_of(jpeg) == (512, 480)
    assert capture.released


def test_a_usb_camera_that_is_not_there_is_lost_with_a_message() -> None:
    with pytest.raises(CameraLost, match="unplugged, another program"):
        UsbCamera(63, size_wh=(640, 480), fps=30).open()
