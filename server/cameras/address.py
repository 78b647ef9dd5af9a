"""Addresses of cameras: what people paste, and what a camera is asked with.

User and password are kept apart from the address, so that any character may be in them, and they
are percent-encoded here and nowhere else.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass, field, replace

from lookout.server.cameras.errors import BadCamera
from lookout.server.storage.camera_records import CameraKind, CameraRecord
from lookout.wire.redaction import without_secrets

LONGEST_ADDRESS = 2000

_SCHEMES = {
    CameraKind.RTSP: ("rtsp", "rtsps"),
    CameraKind.MJPEG: ("http", "https"),
    CameraKind.SNAPSHOT: ("http", "https"),
    CameraKind.ONVIF: ("http", "https"),
}
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True)
class CameraLogin:
    """An address without its login, and the login."""

    address: str
    user: str = ""
    password: str = field(default="", repr=False)


def split_login(pasted: str) -> CameraLogin:
    """The login out of an address as people paste it: what stands before the last @ of it.

    A login whose every % is followed by two hexadecimal digits is taken as percent-encoded.
    """
    scheme, mark, rest = pasted.strip().partition("://")
    login, at, place = rest.rpartition("@")
    if not mark or not at:
        return CameraLogin(pasted.strip())
    user, _, password = login.partition(":")
    if _ESCAPED.fullmatch(login):
        user, password = urllib.parse.unquote(user), urllib.parse.unquote(password)
    return CameraLogin(f"{scheme}://{place}", user, password)


def with_login(login: CameraLogin) -> str:
    """The address as FFmpeg takes it; it holds the password, so it is for nobody's eyes."""
    scheme, mark, place = login.address.partition("://")
    if not mark or not (login.user or login.password):
        return login.address
    user, password = (urllib.parse.quote(part, safe="") for part in (login.user, login.password))
    return f"{scheme}://{user}:{password}@{place}"


def kind_of_address(address: str) -> CameraKind:
    """The kind of camera that has such an address. Of http:// it is a stream of JPEGs, until the
    camera itself says otherwise."""
    scheme, mark, _ = address.partition("://")
    if not mark:
        usb = address.isdecimal() or address.startswith("/dev/video")
        return CameraKind.USB if usb else CameraKind.FILE
    return CameraKind.RTSP if scheme.lower() in _SCHEMES[CameraKind.RTSP] else CameraKind.MJPEG


def checked(camera: CameraRecord) -> CameraRecord:
    """The camera with its login taken out of its addresses. Raises BadCamera."""
    main = split_login(camera.address)
    sub = split_login(camera.sub_address)
    user = camera.user or main.user or sub.user
    password = camera.password or main.password or sub.password
    camera = replace(
        camera, address=main.address, sub_address=sub.address, user=user, password=password
    )
    if camera.kind is CameraKind.EDGE:
        return camera
    _check(camera.kind, camera.address)
    if camera.sub_address:
        _check(camera.kind, camera.sub_address)
    return camera


def _check(kind: CameraKind, address: str) -> None:
    if not address or len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise BadCamera(
            f"a camera needs an address of at most {LONGEST_ADDRESS} characters, such as "
            "rtsp://192.168.1.20/stream1"
        )
    schemes = _SCHEMES.get(kind)
    if schemes is None:
        _check_local(kind, address)
        return
    try:
        cut = urllib.parse.urlsplit(address)
        usable = cut.scheme.lower() in schemes and bool(cut.hostname) and cut.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadCamera(
            f"{without_secrets(address)} is no address of a camera of the kind {kind.value}: it "
            f"begins with {' or '.join(f'{scheme}://' for scheme in schemes)} and a host; user "
            "and password have fields of their own"
        )


def _check_local(kind: CameraKind, address: str) -> None:
    if "://" in address:
        raise BadCamera(f"a camera of the kind {kind.value} has no address with ://")
    usb = address.isdecimal() or address.startswith("/dev/video")
    if kind is CameraKind.USB and not usb:
        raise BadCamera("a USB camera is named by its number or device, such as 0 or /dev/video0")
