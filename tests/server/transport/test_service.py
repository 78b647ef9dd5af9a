"""Connections over real sockets: good ones are served, the others neither harm nor stay."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from benchmarks.support.waiting import wait_until
from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.transport.service import MAX_STRANGERS, YOUNG_S
from lookout.server.transport.session import MAX_CAMERAS
from lookout.server.transport.session_settings import Timeouts
from lookout.wire.errors import ConnectionLost, NotAuthorized
from lookout.wire.framing import HEADER, MAGIC, VERSION, Kind, Message
from lookout.wire.records import PhotoInfo, Refusal
from tests.support.server_fakes import FakeRecognizer
from tests.support.service import RunningService, receive, receive_result, send_frame

SHORT = Timeouts(handshake_s=0.5, idle_s=1.0, write_s=0.5)


@pytest.fixture
def recognizer() -> FakeRecognizer:
    return FakeRecognizer()


@pytest.fixture
def service(recognizer: FakeRecognizer) -> Iterator[RunningService]:
    with RunningService(recognizer, DisabledHandler()) as running:
        yield running
        recognizer.gate.set()


def test_a_frame_comes_back_with_its_camera_number_and_time(service: RunningService) -> None:
    with contextlib.closing(service.connect()) as edge:
        send_frame(edge, "door", 7, b"picture")
        result, jpeg = receive_result(edge)
    assert (result.camera, result.number, result.captured_at) == ("door", 7, 1.5)
    assert jpeg == b"picture"


def test_a_ping_is_answered_while_recognition_is_busy(
    service: RunningService, recognizer: FakeRecognizer
) -> None:
    recognizer.gate.clear()
    with contextlib.closing(service.connect()) as edge:
        send_frame(edge, "door", 1, b"picture")
        assert recognizer.inside.wait(5.0)
        edge.send(Message(Kind.PING, {"id": 5}))
        assert receive(edge, Kind.PONG, timeout_s=1.0).meta == {"id": 5}
        recognizer.gate.set()
        receive_result(edge)


def test_frames_that_were_replaced_are_answered_dropped(
    service: RunningService, recognizer: FakeRecognizer
) -> None:
    recognizer.gate.clear()
    with contextlib.closing(service.connect()) as edge:
        send_frame(edge, "door", 1, b"picture")
        assert recognizer.inside.wait(5.0)
        for number in (2, 3, 4):
            send_frame(edge, "door", number, b"picture")
        dropped = [receive_result(edge)[0] for _ in range(2)]
        assert [(r.number, r.dropped) for r in dropped] == [(2, True), (3, True)]
        recognizer.gate.set()
        rest = [receive_result(edge)[0] for _ in range(2)]
        assert [(r.number, r.dropped) for r in rest] == [(1, False), (4, False)]


def test_a_camera_that_disconnects_is_forgotten(
    service: RunningService, recognizer: FakeRecognizer
) -> None:
    with contextlib.closing(service.connect()) as edge:
        send_frame(edge, "door", 1, b"picture")
        receive_result(edge)
    wait_until(lambda: [source.camera for source in recognizer.forgotten] == ["door"])


def header(
    magic: bytes = MAGIC, version: int = VERSION, kind: int = 4, meta: int = 2, jpeg: int = 0
) -> bytes:
    return HEADER.pack(magic, version, kind, 0, meta, jpeg)


@pytest.mark.parametrize(
    ("garbage", "code"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "bad_message", id="http"),
        pytest.param(header(version=9) + b"{}", "wrong_version", id="wrong version"),
        pytest.param(header(kind=99) + b"{}", "bad_message", id="unknown kind"),
        pytest.param(header(jpeg=2**31), "too_large", id="two gigabytes promised"),
        pytest.param(header() + b"[]", "bad_message", id="meta is no object"),
        pytest.param(header() + b"{}", "bad_message", id="frame that says nothing"),
        pytest.param(header(kind=Kind.WELCOME) + b"{}", "bad_message", id="not an edge's message"),
    ],
)
def test_what_is_no_message_is_told_why_and_closed_while_other_cameras_go_on(
    service: RunningService, garbage: bytes, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        contextlib.closing(service.connect()) as good,
        contextlib.closing(service.connect()) as bad,
    ):
        bad._sock.sendall(garbage)
        refusal = Refusal.from_meta(receive(bad, Kind.ERROR).meta)
        assert (refusal.code, refusal.fatal) == (code, True)
        with pytest.raises(ConnectionLost):
            bad.receive(5.0)
        assert refusal.message in caplog.text
        send_frame(good, "door", 1, b"picture")
        receive_result(good)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 5000, header(jpeg=9)])
def test_a_stranger_who_does_not_speak_the_protocol_is_closed(
    service: RunningService, garbage: bytes
) -> None:
    with service.raw() as stranger:
        stranger.sendall(garbage)
        assert ended(stranger, within_s=3.0)


def test_connections_that_say_nothing_end_and_never_lock_an_edge_out(
    recognizer: FakeRecognizer,
) -> None:
    with (
        RunningService(recognizer, DisabledHandler(), timeouts=SHORT) as service,
        contextlib.ExitStack() as stack,
    ):
        silent = [stack.enter_context(service.raw()) for _ in range(50)]
        edge = stack.enter_context(contextlib.closing(service.connect()))
        send_frame(edge, "door", 1, b"picture")
        receive_result(edge, timeout_s=2.0)
        assert all(ended(sock, within_s=3.0) for sock in silent)


def test_the_oldest_of_too_many_strangers_makes_room_unless_it_is_young(
    recognizer: FakeRecognizer,
) -> None:
    now_s = [100.0]
    with (
        RunningService(recognizer, DisabledHandler(), clock=lambda: now_s[0]) as service,
        contextlib.ExitStack() as stack,
    ):
        strangers = [stack.enter_context(service.raw()) for _ in range(MAX_STRANGERS)]
        for sock in strangers:
            assert sock.recv(4)  # its challenge: the server knows it
        now_s[0] += YOUNG_S - 0.01
        flooding = stack.enter_context(service.raw())
        assert ended(flooding, within_s=5.0)
        now_s[0] += 0.02
        edge = stack.enter_context(contextlib.closing(service.connect()))
        send_frame(edge, "door", 1, b"picture")
        receive_result(edge)
        assert ended(strangers[0], within_s=5.0)
        assert not ended(strangers[1], within_s=0.1)


def test_an_edge_that_falls_silent_is_let_go(recognizer: FakeRecognizer) -> None:
    with (
        RunningService(recognizer, DisabledHandler(), timeouts=SHORT) as service,
        contextlib.closing(service.connect()) as edge,
        pytest.raises(ConnectionLost),
    ):
        edge.receive(5.0)


def test_a_reader_that_does_not_read_loses_its_connection_and_harms_nobody(
    recognizer: FakeRecognizer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    picture = b"x" * 2_000_000
    with (
        RunningService(recognizer, DisabledHandler(), timeouts=SHORT) as service,
        contextlib.closing(service.connect()) as slow,
        contextlib.closing(service.connect()) as good,
    ):
        slow_ended = threading.Event()

        def send_and_never_read() -> None:
            with contextlib.suppress(ConnectionLost):
                for number in range(500):
                    send_frame(slow, "slow", number, picture)
            slow_ended.set()

        thread = threading.Thread(target=send_and_never_read)
        thread.start()
        round_trips_s: list[float] = []
        while not slow_ended.is_set():
            began_s = time.monotonic()
            send_frame(good, "good", len(round_trips_s), b"small")
            receive_result(good, timeout_s=2.0)
            round_trips_s.append(time.monotonic() - began_s)
        thread.join(5.0)
        assert len(round_trips_s) > 10
        assert max(round_trips_s) < 1.0
        wait_until(lambda: "has read nothing" in caplog.text)


def test_a_connection_with_too_many_cameras_is_closed(service: RunningService) -> None:
    with contextlib.closing(service.connect()) as edge:
        for number in range(MAX_CAMERAS + 1):
            send_frame(edge, f"camera {number}", 1, b"picture")
        while (message := edge.receive(5.0)).kind is Kind.RESULT:
            pass
        assert Refusal.from_meta(message.meta).code == "bad_message"
        with pytest.raises(ConnectionLost):
            edge.receive(5.0)


def test_without_enrolment_a_photograph_is_refused_in_words(service: RunningService) -> None:
    with contextlib.closing(service.connect()) as edge:
        edge.send(Message(Kind.PHOTO, PhotoInfo(3, "Eileen", "a.jpg").to_meta(), b"jpeg"))
        refusal = Refusal.from_meta(receive(edge, Kind.ERROR).meta)
    assert (refusal.request, refusal.fatal) == (3, False)
    assert "--no-enrol" in refusal.message


def test_only_an_edge_with_the_token_is_let_in(recognizer: FakeRecognizer) -> None:
    with RunningService(recognizer, DisabledHandler(), token="the secret") as service:
        for wrong in ("", "another secret"):
            with pytest.raises(NotAuthorized):
                service.connect(token=wrong)
        with contextlib.closing(service.connect(token="the secret")) as edge:
            send_frame(edge, "door", 1, b"picture")
            receive_result(edge)


def ended(sock: socket.socket, within_s: float) -> bool:
    """Whether the other side has closed; what it sent before is read and thrown away."""
    sock.settimeout(within_s)
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True
