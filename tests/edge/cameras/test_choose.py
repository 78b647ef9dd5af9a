"""The values of `--camera`, and the messages for those that cannot work."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from skimage.data import astronaut

from lookout.edge.cameras import CameraUnusable, choose, open_camera
from lookout.edge.cameras.demo import DemoCamera
from lookout.edge.cameras.folder import FolderCamera
from lookout.edge.cameras.picamera import PiCamera
from lookout.edge.cameras.url import UrlCamera
from lookout.edge.cameras.v4l2 import UsbCamera, usb_indexes
from lookout.edge.cameras.video import VideoCamera


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The /dev/video* numbers that the machine seems to have; a test may change the list."""
    present: list[int] = []
    monkeypatch.setattr(choose, "usb_indexes", lambda: present)
    monkeypatch.setattr(choose, "pi_cameras", lambda: 0)
    return present


def test_auto_prefers_the_pi_camera_then_usb_then_the_demo(
    devices: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(open_camera("auto"), DemoCamera)
    devices.append(2)
    assert open_camera("auto").name == "/dev/video2"
    monkeypatch.setattr(choose, "pi_cameras", lambda: 1)
    assert isinstance(open_camera("auto"), PiCamera)


@pytest.mark.parametrize("spec", ["0", "/dev/video0"])
def test_a_number_and_a_device_path_name_the_same_usb_camera(spec: str, devices: list[int]) -> None:
    devices.append(0)
    camera = open_camera(spec)
    assert isinstance(camera, UsbCamera)
    assert camera.name == "/dev/video0"


def test_files_folders_and_addresses_are_distinguished(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"not looked at before open()")
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    cv2.imwrite(str(photographs / "eileen.jpg"), astronaut()[:, :, ::-1])
    assert isinstance(open_camera(str(clip)), VideoCamera)
    assert isinstance(open_camera(str(photographs)), FolderCamera)
    assert isinstance(open_camera("rtsp://10.0.0.7:554/live"), UrlCamera)
    assert isinstance(open_camera("https://10.0.0.7/stream"), UrlCamera)
    assert isinstance(open_camera("demo"), DemoCamera)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("7", ["no such device", "/dev/video0, /dev/video3"]),
        ("/dev/videoX", ["no such device", "/dev/video0"]),
        ("no-such.mp4", ["no such file", "check the path"]),
        ("webcam", ["not known", "picamera2", "demo"]),
        ("", ["not known", "demo"]),
        ("ftp://host/clip", ["rtsp://host/path"]),
        ("http://", ["http://host/path"]),
        ("rtsp://host:port/x", ["rtsp://host/path"]),
        ("http://user:secret@host:99999/x", ["http://host/path"]),
    ],
)
def test_a_wrong_value_gets_one_line_that_says_what_to_do(
    spec: str, says: list[str], devices: list[int]
) -> None:
    devices += [0, 3]
    with pytest.raises(CameraUnusable) as raised:
        open_camera(spec)
    message = str(raised.value)
    assert "\n" not in message
    assert "secret" not in message
    for part in says:
        assert part in message


def test_without_any_device_the_message_says_so(devices: list[int]) -> None:
    with pytest.raises(CameraUnusable, match="no /dev/video\\* at all"):
        open_camera("0")


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(CameraUnusable, match="no image in this folder"):
        open_camera(str(tmp_path))


def test_devices_are_listed_by_number(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video-dec", "videos"):
        (tmp_path / name).touch()
    assert usb_indexes(tmp_path) == [2, 10]
