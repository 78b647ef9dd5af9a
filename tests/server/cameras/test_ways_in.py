"""Every kind of address is opened for real: RTSPS, JPEGs over HTTP, single pictures, devices.

No test machine has a USB camera: its device is opened with the same options under another of
FFmpeg's devices, one that draws a test picture.
"""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import cv2
import numpy as np
import pytest
import trustme

from benchmarks.support.rtsp_peers import RtspPeer
from benchmarks.support.tls_proxy import TlsProxy
from lookout.server.cameras.address import CameraLogin, with_login
from lookout.server.cameras.capture import Converter, StreamCapture, opening_of
from lookout.server.cameras.faults import CameraFault, Fault
from lookout.server.cameras.probe import probe
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from tests.support.mjpeg_camera import MjpegCamera

USER, PASSWORD = "lookout", "p@ss:w/rd #1?%"
BLUE = np.full((240, 320, 3), (200, 40, 40), np.uint8)
JPEG = cv2.imencode(".jpg", BLUE)[1].tobytes()


def first_picture(kind: CameraKind, address: str) -> np.ndarray:
    """What a camera with a login shows first, (height, width, 3)."""
    capture = StreamCapture(kind, with_login(CameraLogin(address, USER, PASSWORD)))
    try:
        for packet in capture.packets():
            for frame in capture.decode(packet):
                return Converter(1280).bgr(frame)
    finally:
        capture.close()
    raise AssertionError("no picture came")


@pytest.fixture
def snapshots() -> Iterator[str]:
    """A camera that answers each request of the right user with one picture."""
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            if self.headers.get("authorization") != wanted:
                self.send_response(401)
                self.send_header("www-authenticate", 'Basic realm="camera"')
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("content-type", "image/jpeg")
            self.send_header("content-length", str(len(JPEG)))
            self.end_headers()
            self.wfile.write(JPEG)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/snapshot.jpg"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_stream_of_jpegs_with_a_password_is_read() -> None:
    with MjpegCamera([JPEG], login=f"{USER}:{PASSWORD}") as camera:
        picture = first_picture(CameraKind.MJPEG, f"http://{camera.address}")
    assert picture.shape == (240, 320, 3)
    assert picture[120, 160] == pytest.approx(BLUE[120, 160], abs=8)


def test_an_address_of_single_pictures_is_asked_again_and_again(snapshots: str) -> None:
    camera = CameraRecord(
        new_camera_id(),
        "porch",
        CameraKind.SNAPSHOT,
        1.0,
        address=snapshots,
        user=USER,
        password=PASSWORD,
    )
    verdict = probe(camera, look_s=1.0)
    assert (verdict.works, verdict.codec, verdict.size_wh) == (True, "mjpeg", (320, 240))
    with pytest.raises(CameraFault) as refused:
        StreamCapture(CameraKind.SNAPSHOT, snapshots)
    assert refused.value.fault is Fault.WRONG_PASSWORD


def test_rtsp_over_tls_is_read_though_the_camera_has_signed_itself() -> None:
    pytest.importorskip("rtsp", reason="the RTSP server of PyPI is optional")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("camera.local").configure_cert(tls)
    with RtspPeer(size_wh=(320, 240)) as peer, TlsProxy(peer.port, tls) as proxy:
        picture = first_picture(CameraKind.RTSP, f"rtsps://127.0.0.1:{proxy.port}/live")
    assert picture.shape == (240, 320, 3)


def test_a_usb_camera_is_opened_by_its_number_and_its_options_suit_a_device() -> None:
    name, options, given = opening_of(CameraKind.USB, "2")
    assert (name, given) == ("/dev/video2", {"format": "v4l2"})
    assert opening_of(CameraKind.USB, "/dev/video7")[0] == "/dev/video7"
    with av.open("testsrc", options=options, timeout=(5.0, 5.0), format="lavfi") as device:
        frame = next(device.decode(device.streams.video[0]))
    assert Converter(1280).bgr(frame).shape == (240, 320, 3)
    assert Converter(1280).luma(frame).shape == (240, 320)
    with pytest.raises(CameraFault) as missing:
        StreamCapture(CameraKind.USB, "97")
    assert missing.value.fault is Fault.NO_DEVICE
