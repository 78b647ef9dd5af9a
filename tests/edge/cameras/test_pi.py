"""The Pi's camera, run against picamera2's real signatures with real JPEGs."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from skimage.data import astronaut

from lookout.edge.cameras import CameraLost, CameraUnusable, open_camera, picamera
from lookout.edge.cameras.jpeg import JPEG_QUALITY, to_jpeg
from lookout.edge.cameras.picamera import PiCamera, pi_cameras
from tests.support.fake_picamera2 import FakePi, Platform, RealSignatures

JPEGS = [to_jpeg(astronaut()[top : top + 240, :320, ::-1]) for top in (0, 60)]


@pytest.fixture(scope="module")
def real() -> RealSignatures:
    """picamera2's source: found, not imported, because that needs libcamera."""
    spec = importlib.util.find_spec("picamera2")
    if spec is None or spec.origin is None:
        message = "picamera2 is not installed: pip install --no-deps picamera2"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return RealSignatures(Path(spec.origin).parent)


@pytest.fixture
def pi(real: RealSignatures, monkeypatch: pytest.MonkeyPatch) -> Callable[[Platform], FakePi]:
    def make(platform: Platform) -> FakePi:
        fake = FakePi(real, JPEGS, platform)
        for name, module in fake.modules.items():
            monkeypatch.setitem(sys.modules, name, module)
        fake.modules["picamera2"].__spec__ = importlib.util.spec_from_loader("picamera2", None)
        return fake

    return make


@pytest.mark.parametrize(
    ("platform", "encoder"),
    [(Platform.VC4, "MJPEGEncoder"), (Platform.PISP, "JpegEncoder")],
    ids=["Pi 4 and older: hardware", "Pi 5: software"],
)
def test_every_call_binds_to_the_real_package_and_its_jpegs_pass_through(
    platform: Platform, encoder: str, pi: Callable[[Platform], FakePi]
) -> None:
    fake = pi(platform)
    with PiCamera(size_wh=(1280, 720), fps=24) as camera:
        seen = {camera.read(5).jpeg for _ in range(4)}
    assert seen
    assert seen <= set(JPEGS)
    assert fake.calls == [
        "Picamera2",
        "create_video_configuration",
        "configure",
        encoder,
        "FileOutput",
        "start_recording",
        "stop_recording",
        "close",
    ]
    asked = fake.arguments["create_video_configuration"]
    assert asked == {"main": {"size": (1280, 720)}, "controls": {"FrameRate": 24}}
    assert isinstance(fake.arguments["FileOutput"]["file"], io.BufferedIOBase)
    if encoder == "JpegEncoder":
        assert fake.arguments["JpegEncoder"] == {"q": JPEG_QUALITY}


def test_a_call_that_the_real_package_would_refuse_is_refused_here_too(
    pi: Callable[[Platform], FakePi],
) -> None:
    camera = pi(Platform.VC4).modules["picamera2"].Picamera2()
    with pytest.raises(TypeError, match="resolution"):
        camera.create_video_configuration(resolution=(640, 480))
    with pytest.raises(StopIteration):
        camera.no_such_method()


def test_the_names_that_are_imported_exist_in_the_real_package(real: RealSignatures) -> None:
    assert "Picamera2" in real.exported("__init__.py")
    assert {"JpegEncoder", "MJPEGEncoder", "Quality"} <= real.exported("encoders/__init__.py")
    assert "FileOutput" in real.exported("outputs/__init__.py")
    assert {"Platform", "get_platform"} <= real.exported("platform.py")
    assert "VC4" in real.members("platform.py", "Platform")
    assert "VERY_HIGH" in real.members("encoders/encoder.py", "Quality")
    assert not real.of("platform.py", "get_platform").parameters
    assert not real.of("picamera2.py", "Picamera2", "global_camera_info").parameters


def test_a_sensor_that_goes_silent_is_lost_and_let_go(
    pi: Callable[[Platform], FakePi], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picamera, "STALL_S", 0.5)
    fake = pi(Platform.VC4)
    with PiCamera(size_wh=(640, 480), fps=30) as camera:
        camera.read(5)
        fake.silent = True
        with pytest.raises(CameraLost, match=r"gave no picture for|no picture for"):
            read_on(camera)
    assert fake.calls[-2:] == ["stop_recording", "close"]


def read_on(camera: PiCamera) -> None:
    while True:
        camera.read(5)


def test_a_pi_without_a_camera_says_what_to_check(pi: Callable[[Platform], FakePi]) -> None:
    pi(Platform.VC4).missing = True
    assert pi_cameras() == 0
    with pytest.raises(CameraLost, match=r"check its cable with rpicam-hello"):
        open_camera("picamera2").open()


def test_a_pi_with_a_camera_is_what_auto_takes(pi: Callable[[Platform], FakePi]) -> None:
    pi(Platform.PISP)
    assert pi_cameras() == 1
    assert isinstance(open_camera("auto"), PiCamera)


def test_without_picamera2_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)  # an import of it now fails
    with pytest.raises(CameraUnusable) as raised:
        open_camera("picamera2")
    assert "sudo apt install python3-picamera2" in str(raised.value)
    assert "--system-site-packages" in str(raised.value)
