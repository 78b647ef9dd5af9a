"""The newest picture, the stream, and the socket that carries all cameras."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from lookout.server.api.security.sockets import FORBIDDEN, NOT_AUTHENTICATED, TRY_AGAIN
from lookout.server.api.services.concurrency_limit import ConcurrencyLimit
from lookout.server.cameras.views import LiveViews
from lookout.server.live.camera_board import CameraBoard
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Source
from lookout.wire.records import Face, FaceState, FrameInfo, Overlay, Result
from tests.support.api import Api

pytestmark = pytest.mark.long

ADA = Face((51.2, 64.0, 102.4, 128.0), FaceState.KNOWN, "Ada", track=7)


class Recognizes:
    """Finds Ada in every frame."""

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        deliver(Answer(Result(job.info.camera, job.info.number, 0.0, (ADA,))))

    def forget(self, source: Source) -> None:
        pass


class Site:
    """A server whose cameras a test makes send."""

    def __init__(self, make_api: Any, picture: bytes, **parts: Any) -> None:
        board = CameraBoard(Recognizes())
        self.api: Api = make_api(cameras=board.cameras, **parts)
        self.views: LiveViews = self.api.parts.hub.views
        self.picture = picture
        self.number = 0

    def send(self, camera: str) -> str:
        """Sends a frame; the id of the camera."""
        self.number += 1
        info = FrameInfo(camera, self.number, 0.0, Overlay.EDGE)
        job = FrameJob(Source(1, camera), info, self.picture, time.monotonic())
        self.views.offer(job, lambda _: None)
        return self.api.parts.hub.directory.id_of(camera)

    @contextlib.contextmanager
    def socket(self, headers: Any = None, query: str = "") -> Iterator[Any]:
        path = f"/api/v1/cameras/live{query}"
        headers = self.api.headers["viewer"] if headers is None else headers
        with self.api.client.websocket_connect(path, headers=headers) as socket:
            yield socket


@pytest.fixture
def site(make_api: Any, astronaut: bytes) -> Site:
    return Site(make_api, astronaut)


def unpacked(message: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack_from(">I", message)
    return json.loads(message[4 : 4 + length]), message[4 + length :]


def size_wh(jpeg: bytes) -> tuple[int, int]:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.shape[1], image.shape[0]


def test_the_newest_picture_says_which_it_is_and_how_old(site: Site) -> None:
    door = site.send("door")
    path = f"/api/v1/cameras/{door}/image"
    answer = site.api.call("GET", path, role="viewer")
    assert answer.content == site.picture
    assert int(answer.headers["age"]) >= 0
    again = {"if-none-match": answer.headers["etag"]}
    assert site.api.call("GET", path, headers=again).status_code == 304
    site.send("door")
    assert site.api.call("GET", path, headers=again).status_code == 200


def test_a_picture_comes_smaller_and_with_names_for_who_asks(site: Site) -> None:
    path = f"/api/v1/cameras/{site.send('door')}/image"
    plain = site.api.call("GET", path, params={"width": 160}).content
    drawn = site.api.call("GET", path, params={"width": 160, "drawn": True}).content
    assert size_wh(plain) == size_wh(drawn) == (160, 100)
    assert plain != drawn


def test_a_camera_without_a_picture_says_so(site: Site) -> None:
    door = site.api.parts.hub.directory.id_of("door")
    answer = site.api.call("GET", f"/api/v1/cameras/{door}/image")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_picture")
    assert site.api.call("GET", "/api/v1/cameras/cam_x/image").status_code == 404


def test_a_ticket_opens_the_picture_where_no_header_can_be_sent(site: Site) -> None:
    path = f"/api/v1/cameras/{site.send('door')}/image"
    assert site.api.call("GET", path, role="nobody").status_code == 401
    made = site.api.call("POST", "/api/v1/auth/ticket", role="viewer").json()
    ticket = {"ticket": made["ticket"]}
    assert made["expires_in"] == 60
    assert site.api.call("GET", path, role="nobody", params=ticket).status_code == 200
    forged = {"ticket": "forged"}
    assert site.api.call("GET", path, role="nobody", params=forged).status_code == 401
    people = site.api.call("GET", "/api/v1/people", role="nobody", params=ticket)
    assert people.status_code == 401  # for pictures alone


def test_the_socket_carries_each_camera_with_its_faces(site: Site) -> None:
    door, yard = site.send("door"), site.send("yard")
    with site.socket() as socket:
        wishes = [{"camera": door, "fps": 30}, {"camera": yard, "fps": 30, "width": 160}]
        socket.send_json({"watch": wishes})
        came = [unpacked(socket.receive_bytes()) for _ in range(2)]
        headers = {header["camera"]: header for header, _ in came}
        jpegs = {header["camera"]: jpeg for header, jpeg in came}
    assert jpegs[door] == site.picture
    assert size_wh(jpegs[yard]) == (160, 100)
    assert [headers[door]["seq"], headers[yard]["seq"]] == [1, 2]
    assert headers[door]["condition"] == "online"
    assert abs(headers[door]["at"] - time.time()) < 60
    assert headers[door]["faces"] == [
        {"box": [0.1, 0.2, 0.2, 0.4], "name": "Ada", "state": "known", "track": 7}
    ]


def test_the_socket_waits_for_acknowledgements_and_goes_on_with_the_newest(site: Site) -> None:
    door = site.send("door")
    with site.socket() as socket:
        socket.send_json({"watch": [{"camera": door, "fps": 30}]})
        seqs = [unpacked(socket.receive_bytes())[0]["seq"]]
        stop = threading.Event()

        def send() -> None:
            while not stop.wait(0.02):
                site.send("door")

        sender = threading.Thread(target=send)
        sender.start()
        try:
            seqs.append(unpacked(socket.receive_bytes())[0]["seq"])
            before = site.number
            while site.number < before + 10:  # nothing is on its way meanwhile
                time.sleep(0.01)
            socket.send_json({"ack": 2})
            seqs.append(unpacked(socket.receive_bytes())[0]["seq"])
        finally:
            stop.set()
            sender.join()
    assert seqs == [1, 2, 3]


def test_a_camera_that_is_removed_is_told_without_a_picture(site: Site) -> None:
    door = site.send("door")
    with site.socket() as socket:
        socket.send_json({"watch": [{"camera": door, "fps": 30}]})
        assert unpacked(socket.receive_bytes())[1]
        assert site.api.call("DELETE", f"/api/v1/cameras/{door}").status_code == 204
        header, jpeg = unpacked(socket.receive_bytes())
    assert (header["condition"], jpeg, header["faces"]) == ("removed", b"", [])


def test_a_token_may_be_the_first_message_and_a_ticket_in_the_address(site: Site) -> None:
    door = site.send("door")
    key = site.api.headers["viewer"]["x-api-key"]
    ticket = site.api.call("POST", "/api/v1/auth/ticket", role="viewer").json()["ticket"]
    for query, first in (("", {"token": key}), (f"?ticket={ticket}", None)):
        with site.socket({}, query) as socket:
            if first is not None:
                socket.send_json(first)
            socket.send_json({"watch": [{"camera": door, "fps": 30}]})
            assert unpacked(socket.receive_bytes())[1] == site.picture


@pytest.mark.parametrize(("query", "code"), [("", NOT_AUTHENTICATED), ("?ticket=x", 4401)])
def test_nobody_watches_without_a_key(site: Site, query: str, code: int) -> None:
    with site.socket({}, query) as socket:
        socket.send_json({"token": "lk_made_up"})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert closed.value.code == code


def test_a_key_without_the_right_does_not_watch(site: Site) -> None:
    made = site.api.call("POST", "/api/v1/keys", json={"name": "pi", "rights": ["edge"]}).json()
    with (
        site.socket({"x-api-key": made["key"]}) as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_bytes()
    assert closed.value.code == FORBIDDEN


def test_more_pages_than_can_be_served_are_told_so(make_api: Any, astronaut: bytes) -> None:
    site = Site(make_api, astronaut, viewers=ConcurrencyLimit(1, "one page is watching"))
    door = site.send("door")
    with site.socket() as first, site.socket() as second:
        first.send_json({"watch": [{"camera": door}]})
        assert first.receive_bytes()
        with pytest.raises(WebSocketDisconnect) as closed:
            second.receive_bytes()
        assert closed.value.code == TRY_AGAIN
        stream = site.api.call("GET", f"/api/v1/cameras/{door}/stream.mjpg")
        assert (stream.status_code, stream.json()["error"]["code"]) == (503, "overloaded")


def test_nonsense_over_the_socket_changes_nothing(site: Site) -> None:
    door = site.send("door")
    with site.socket() as socket:
        for text in ("", "[]", '{"watch": 3}', '{"ack": "x"}', "{" * 50):
            socket.send_text(text)
        socket.send_bytes(b"\x00")
        socket.send_json({"watch": [{"camera": door, "fps": 30}]})
        assert unpacked(socket.receive_bytes())[0]["seq"] == 1


def test_the_stream_is_a_stream_of_jpegs(site: Site) -> None:
    path = f"/api/v1/cameras/{site.send('door')}/stream.mjpg?fps=30"
    headers = site.api.headers["viewer"]
    stop = threading.Event()

    def send() -> None:
        for _ in range(3):
            site.send("door")
            stop.wait(0.2)

    sender = threading.Thread(target=send)
    sender.start()
    with site.api.client.stream("GET", path, headers=headers) as answer:
        kind = answer.headers["content-type"]
        body = b"".join(answer.iter_bytes())  # ends by itself, for the camera stops
    sender.join()
    assert kind == "multipart/x-mixed-replace; boundary=lookout-frame"
    assert body.startswith(b"--lookout-frame\r\nContent-Type: image/jpeg\r\n")
    assert body.count(site.picture) >= 1
    assert not site.views.is_watched("door")
