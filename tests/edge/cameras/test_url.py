"""Network cameras: a real HTTP server sends real JPEGs; it stalls, refuses and hangs up."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import pytest
from skimage.data import astronaut

from lookout.edge.cameras import CameraLost
from lookout.edge.cameras.byte_source import ByteSource
from lookout.edge.cameras.jpeg import MAX_JPEG_BYTES, size_of, to_jpeg
from lookout.edge.cameras.multipart import boundary_of, parts
from lookout.edge.cameras.url import UrlCamera
from lookout.wire.redaction import without_secrets
from tests.support.mjpeg_camera import MjpegCamera

READ_S = 5.0


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    image_bgr = astronaut()[:, :, ::-1]
    return [to_jpeg(image_bgr[top : top + 240, :320]) for top in (0, 40, 80)]


def source(data: bytes) -> ByteSource:
    return ByteSource(io.BytesIO(data))


def read_on(camera: UrlCamera, timeout_s: float) -> None:
    while True:
        camera.read(timeout_s)


def test_the_jpegs_of_an_http_camera_pass_through_unchanged(jpegs: list[bytes]) -> None:
    with MjpegCamera(jpegs) as server, UrlCamera(f"http://{server.address}", fps=30) as camera:
        seen = {camera.read(READ_S).jpeg for _ in range(6)}
    assert seen
    assert seen <= set(jpegs)


def test_a_stream_that_goes_silent_is_lost_within_the_time_asked(jpegs: list[bytes]) -> None:
    with MjpegCamera(jpegs) as server, UrlCamera(f"http://{server.address}", fps=30) as camera:
        camera.read(READ_S)
        server.stall()
        began = time.monotonic()
        with pytest.raises(CameraLost, match=r"no picture for 0\.5 s"):
            read_on(camera, 0.5)
        assert time.monotonic() - began < 1.5


def test_a_camera_that_hangs_up_is_lost_at_once(jpegs: list[bytes]) -> None:
    with MjpegCamera(jpegs) as server, UrlCamera(f"http://{server.address}", fps=30) as camera:
        camera.read(READ_S)
        server.stop()
        with pytest.raises(CameraLost, match=r"ended|broke off"):
            read_on(camera, READ_S)


def test_user_and_password_of_the_address_are_used_and_never_shown(
    jpegs: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with MjpegCamera(jpegs, login="eileen:h@tch") as server:
        with UrlCamera(f"http://eileen:h%40tch@{server.address}?k=tok", fps=30) as camera:
            assert camera.read(READ_S).jpeg in jpegs
            assert camera.name == f"http://{server.address}"
        with pytest.raises(CameraLost, match=r"401 .*user:password@") as refused:
            UrlCamera(f"http://eileen:wr0ng@{server.address}?k=tok", fps=30).open()
    shown = caplog.text + str(refused.value)
    for secret in ("h@tch", "h%40tch", "wr0ng", "tok"):
        assert secret not in shown


def test_an_address_where_nobody_listens_is_lost_with_a_message() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: the port refuses
        port = taken.getsockname()[1]
        with pytest.raises(CameraLost, match=r"cannot be reached.*refused"):
            UrlCamera(f"http://127.0.0.1:{port}/", fps=30).open()


def test_an_rtsp_address_that_accepts_and_says_nothing_does_not_hang() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = UrlCamera(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/live", fps=30)
        camera.open_timeout_s = 0.5
        began = time.monotonic()
        with pytest.raises(CameraLost, match=r"no picture within|does not open"):
            camera.open()
        assert time.monotonic() - began < 4


@pytest.fixture
def avi_address(data: Path, tmp_path: Path) -> Iterator[str]:
    """A second of real video on a real web server: http, and not motion JPEG in parts."""
    source = cv2.VideoCapture(str(data / "video" / "hamilton.mp4"))
    writer = cv2.VideoWriter(
        str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 30, (640, 360)
    )
    for _ in range(30):
        done, image_bgr = source.read()
        assert done
        writer.write(image_bgr)
    writer.release()
    source.release()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def copyfile(self, source: Any, outputfile: Any) -> None:
            with suppress(OSError):  # the reader may hang up
                super().copyfile(source, outputfile)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/clip.avi"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.data
def test_other_video_over_http_is_decoded(avi_address: str) -> None:
    with UrlCamera(avi_address, fps=30) as camera:
        assert size_of(camera.read(READ_S).jpeg) == (640, 360)


def test_parts_are_found_with_and_without_their_length() -> None:
    stream = source(
        b"preamble\r\n"
        b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\none\r\n\r\n"
        b"--b\r\nContent-Type: image/jpeg\r\n\r\ntwo\nlines--b\r\n\r\n"
        b"--b\r\n\r\nthree\r\n--b--\r\n"
    )
    read = parts(stream, b"b")
    assert [next(read) for _ in range(3)] == [b"one\r\n", b"two\nlines--b\r\n", b"three"]
    with pytest.raises(CameraLost, match="ended"):
        next(read)


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (b"", "ended"),
        (b"no boundary\r\n" * 100, "no boundary"),
        (b"--b\r\n" + b"a: b\r\n" * 100, "header lines"),
        (b"--b\r\nContent-Length: 999999999\r\n\r\n", "over the limit"),
        (b"--b\r\nContent-Length: 10\r\n\r\nshort", "broke off"),
        (b"--b\r\n\r\n" + b"x" * (MAX_JPEG_BYTES + 20000), "over the limit"),
    ],
    ids=["empty", "no boundary", "headers", "length", "short", "endless"],
)
def test_a_damaged_stream_is_refused_with_bounded_reading(stream: bytes, says: str) -> None:
    with pytest.raises(CameraLost, match=says):
        next(parts(source(stream), b"b"))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="--frame"', b"frame"),
        ("multipart/x-mixed-replace", None),
        ("image/jpeg", None),
        ("", None),
    ],
)
def test_the_boundary_is_read_from_the_content_type(
    content_type: str, boundary: bytes | None
) -> None:
    assert boundary_of(content_type) == boundary


def test_a_name_holds_no_secret() -> None:
    assert without_secrets("rtsp://u:p@ss@cam:554/live?pw=x#y") == "rtsp://cam:554/live"
