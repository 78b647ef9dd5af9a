"""Any character may be in a user name or password, however the address was typed."""

from __future__ import annotations

import dataclasses
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.server.cameras.address import (
    CameraLogin,
    checked,
    kind_of_address,
    split_login,
    with_login,
)
from lookout.server.cameras.errors import BadCamera
from lookout.server.storage.camera_records import CameraKind, CameraRecord

CAMERA = CameraRecord("cam_1", "yard", CameraKind.RTSP, 0.0, address="rtsp://10.0.0.7:554/main")


@pytest.mark.parametrize(
    ("pasted", "address", "user", "password"),
    [
        ("rtsp://10.0.0.7/main", "rtsp://10.0.0.7/main", "", ""),
        ("rtsp://admin:secret@10.0.0.7/main", "rtsp://10.0.0.7/main", "admin", "secret"),
        ("rtsp://admin:p@ss:w/rd#1?@10.0.0.7/a", "rtsp://10.0.0.7/a", "admin", "p@ss:w/rd#1?"),
        ("rtsp://admin:p%40ss@10.0.0.7/a", "rtsp://10.0.0.7/a", "admin", "p@ss"),
        ("rtsp://admin:100%@10.0.0.7/a", "rtsp://10.0.0.7/a", "admin", "100%"),
        (" http://root@cam.lan:8080/video ", "http://cam.lan:8080/video", "root", ""),
        ("/dev/video0", "/dev/video0", "", ""),
    ],
)
def test_a_pasted_address_is_split_at_its_last_at_sign(
    pasted: str, address: str, user: str, password: str
) -> None:
    assert split_login(pasted) == CameraLogin(address, user, password)


@given(user=st.text(min_size=1), password=st.text())
def test_every_login_arrives_at_the_camera_as_it_was_typed(user: str, password: str) -> None:
    asked = urlsplit(with_login(CameraLogin("rtsp://10.0.0.7/main?channel=1", user, password)))
    assert (asked.hostname, asked.path, asked.query) == ("10.0.0.7", "/main", "channel=1")
    assert unquote(asked.username or "") == user
    assert unquote(asked.password or "") == password


def test_a_login_in_the_address_is_moved_and_never_left_in_it() -> None:
    camera = dataclasses.replace(
        CAMERA,
        address="rtsp://admin:secret@10.0.0.7/main",
        sub_address="rtsp://admin:secret@10.0.0.7/sub",
    )
    moved = checked(camera)
    assert (moved.address, moved.sub_address) == ("rtsp://10.0.0.7/main", "rtsp://10.0.0.7/sub")
    assert (moved.user, moved.password) == ("admin", "secret")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("rtsps://cam.lan/1", CameraKind.RTSP),
        ("http://cam.lan/video", CameraKind.MJPEG),
        ("0", CameraKind.USB),
        ("/dev/video2", CameraKind.USB),
        ("/srv/walk.mp4", CameraKind.FILE),
    ],
)
def test_the_kind_follows_from_the_address(address: str, kind: CameraKind) -> None:
    assert kind_of_address(address) is kind
    assert checked(dataclasses.replace(CAMERA, kind=kind, address=address)).address == address


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (CameraKind.RTSP, "http://cam.lan/1"),
        (CameraKind.RTSP, "rtsp://"),
        (CameraKind.RTSP, "rtsp://cam.lan:0/1"),
        (CameraKind.RTSP, "rtsp://cam.lan/1\nHost: x"),
        (CameraKind.MJPEG, "file:///etc/passwd"),
        (CameraKind.FILE, "concat:http://cam.lan|x://y"),
        (CameraKind.USB, "front door"),
        (CameraKind.SNAPSHOT, ""),
    ],
)
def test_an_address_of_another_kind_is_refused_in_words(kind: CameraKind, address: str) -> None:
    with pytest.raises(BadCamera, match="camera"):
        checked(dataclasses.replace(CAMERA, kind=kind, address=address))
