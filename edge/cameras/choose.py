"""Reads the value of `--camera` and makes the camera that it names."""

from __future__ import annotations

import ssl
import urllib.parse
from pathlib import Path

from lookout.edge.cameras.camera import Camera
from lookout.edge.cameras.demo import DemoCamera
from lookout.edge.cameras.errors import CameraUnusable
from lookout.edge.cameras.folder import FolderCamera
from lookout.edge.cameras.picamera import PiCamera, pi_cameras, require_picamera2
from lookout.edge.cameras.url import SCHEMES, UrlCamera
from lookout.edge.cameras.v4l2 import UsbCamera, usb_indexes
from lookout.edge.cameras.video import VideoCamera
from lookout.wire.redaction import LOGIN_HINT, without_secrets

CHOICES = (
    "auto, picamera2, a number or /dev/video*, an rtsp:// or http:// address, "
    "a video file, a folder of images, or demo"
)


def open_camera(
    spec: str,
    *,
    size_wh: tuple[int, int] = (640, 480),
    fps: float = 30.0,
    tls: ssl.SSLContext | None = None,
) -> Camera:
    """The camera that `spec` names, ready for its `open()`; no device is touched before that.

    `size_wh` and `fps` are asked of cameras that can choose; `tls` is for https (`camera_tls`).
    Raises CameraUnusable, in one line that says what to do, for a value that cannot work on this
    machine.
    """
    if spec == "auto":
        return _automatic(size_wh, fps)
    if spec == "demo":
        return DemoCamera(fps)
    if spec == "picamera2":
        require_picamera2()
        return PiCamera(size_wh=size_wh, fps=fps)
    if spec.isdecimal() or spec.startswith("/dev/video"):
        return _usb(spec, size_wh, fps)
    if "://" in spec:
        return _address(spec, fps, tls)
    return _path(spec, size_wh, fps)


def _automatic(size_wh: tuple[int, int], fps: float) -> Camera:
    if pi_cameras() > 0:
        return PiCamera(size_wh=size_wh, fps=fps)
    if indexes := usb_indexes():
        return UsbCamera(indexes[0], size_wh=size_wh, fps=fps)
    return DemoCamera(fps)


def _usb(spec: str, size_wh: tuple[int, int], fps: float) -> Camera:
    digits, present = spec.removeprefix("/dev/video"), usb_indexes()
    if not digits.isdecimal() or int(digits) not in present:
        found = ", ".join(f"/dev/video{index}" for index in present) or "no /dev/video* at all"
        raise CameraUnusable(
            f"--camera {spec}: there is no such device; this machine has {found}. "
            "Plug the camera in, or name another one"
        )
    return UsbCamera(int(digits), size_wh=size_wh, fps=fps)


def _address(spec: str, fps: float, tls: ssl.SSLContext | None) -> Camera:
    try:
        cut = urllib.parse.urlsplit(spec)
        usable = cut.scheme in SCHEMES and bool(cut.hostname) and cut.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise CameraUnusable(
            f"--camera {without_secrets(spec)}: an address looks like rtsp://host/path or "
            "http://host/path, with user:password@ before the host where the camera asks for them; "
            f"{LOGIN_HINT}"
        )
    return UrlCamera(spec, fps=fps, tls=tls)


def _path(spec: str, size_wh: tuple[int, int], fps: float) -> Camera:
    path = Path(spec).expanduser()
    if path.is_char_device():  # /dev/v4l/by-id/…: a name that stays when devices are renumbered
        return _usb(str(path.resolve()), size_wh, fps)
    if spec and path.is_dir():
        return FolderCamera(path)
    if path.is_file():
        return VideoCamera(path)
    if path.suffix or path != Path(path.name):
        raise CameraUnusable(
            f"--camera {without_secrets(spec)}: there is no such file or folder; check the path "
            f"(relative paths start at {Path.cwd()})"
        )
    raise CameraUnusable(f"--camera {without_secrets(spec)!r} is not known; name one of: {CHOICES}")
