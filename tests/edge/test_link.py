"""The link against a real server on a real socket."""

from __future__ import annotations

import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from benchmarks.support.waiting import wait_until
from lookout.edge.flights import MAX_IN_FLIGHT
from lookout.edge.frame import Frame
from lookout.edge.link import Link, LinkSettings, LinkState
from lookout.edge.link_timing import LinkTiming
from lookout.edge.slot import Slot
from lookout.wire import tls
from lookout.wire.corrections import Correction, Say
from lookout.wire.errors import ConnectionLost, Refused, TlsRefused
from lookout.wire.framing import VERSION
from lookout.wire.records import Result
from tests.support.fair_clock import FairClock
from tests.support.wire import JPEG, Certificates, FakeServer, SlowUplink

PROMPT = LinkTiming()
PATIENT = LinkTiming(
    silence_s=20.0,
    overdue_s=20.0,
    hang_reconnect_s=20.0,
    attempt_timeout_s=20.0,
    retry_s=(0.05, 0.1),
    refused_retry_s=0.1,
)
"""For whatever is not about time: a busy machine is not taken for a lost server."""

NOT_ADA = Correction(0, "", Say.NOT, track=7, name="Ada")


class Camera:
    """A slot and its writer: by hand, or at 50 frames a second."""

    def __init__(self) -> None:
        self.slot: Slot[Frame] = Slot()
        self.jpeg = JPEG
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._film, name="test-camera")

    def put(self) -> int:
        number = next(self._numbers)
        self.slot.put(Frame(self.jpeg, number, captured_at=1000.0 + number))
        return number

    def film(self) -> None:
        self._thread.start()

    def _film(self) -> None:
        while not self._stop.wait(0.02):
            self.put()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)


class Heard:
    """Collects what the link delivers."""

    def __init__(self) -> None:
        self.results: list[tuple[Result, bytes]] = []

    def __call__(self, result: Result, jpeg: bytes, taken_s: float) -> None:
        assert abs(time.monotonic() - taken_s) < 60
        self.results.append((result, jpeg))


@pytest.fixture
def camera() -> Iterator[Camera]:
    camera = Camera()
    yield camera
    camera.stop()


@contextmanager
def linked(
    port: int,
    camera: Camera,
    on_result: Callable[[Result, bytes, float], None] | None = None,
    *,
    token: str = "",
    tls_ca: Path | None = None,
    timing: LinkTiming = PATIENT,
) -> Iterator[Link]:
    settings = LinkSettings(
        "127.0.0.1", port, token=token, tls_ca=tls_ca, camera="door", timing=timing
    )
    link = Link(settings, camera.slot, on_result or Heard())
    link.start()
    try:
        yield link
    finally:
        link.stop()


def until(link: Link, state: LinkState) -> None:
    wait_until(lambda: link.status().state is state, what=f"state {state}")


@pytest.fixture
def clock() -> Iterator[FairClock]:
    with FairClock() as clock:
        yield clock


def test_a_frame_goes_out_and_its_result_and_picture_come_back(camera: Camera) -> None:
    heard = Heard()
    with FakeServer() as server, linked(server.port, camera, heard) as link:
        until(link, LinkState.ONLINE)
        camera.put()
        wait_until(lambda: heard.results, what="a result")
        status = link.status()
    assert heard.results == [(Result("door", 1, 1001.0), JPEG)]
    assert server.clients == ["door"]
    assert (status.frames_sent, status.results, status.frames_dropped) == (1, 1, 0)
    assert status.round_trip_ms is not None
    assert 0 < status.round_trip_ms < 1000


def test_at_most_two_frames_are_in_flight_and_the_newest_goes_next(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        server.recognizes = False
        until(link, LinkState.ONLINE)
        for _ in range(MAX_IN_FLIGHT):
            sent = camera.put()
            wait_until(partial(server.has, sent), what="the frame at the server")
        for _ in range(18):
            newest = camera.put()
        server.answer(server.waiting[0])
        wait_until(lambda: len(server.frames) == 3, what="the third frame")
        assert server.frames == [1, 2, newest]
        assert newest == 20
        assert server.most_waiting == 2
        assert link.status().frames_dropped == 17


def test_a_slow_server_never_holds_more_than_two_frames(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        server.recognizes = False
        camera.film()
        for _ in range(15):
            wait_until(lambda: server.waiting, what="a frame at the server")
            server.answer(server.waiting[0])
        assert server.most_waiting <= 2
        assert link.status().frames_sent >= 15


def test_a_server_that_falls_silent_is_offline_within_seven_tenths_of_a_second(
    camera: Camera, clock: FairClock
) -> None:
    with FakeServer() as server, linked(server.port, camera, timing=PROMPT) as link:
        camera.film()
        wait_until(lambda: link.status().results >= 3, what="results")
        silent_s = clock()
        server.fall_silent()
        until(link, LinkState.OFFLINE)
        assert clock() - silent_s < 0.7
        assert "has sent nothing for 0.6 s" in link.status().message
        back_s = clock()
        server.speak()
        until(link, LinkState.ONLINE)
        results = link.status().results
        wait_until(lambda: link.status().results > results, what="a result")
        assert clock() - back_s < 2


@pytest.mark.slow
def test_a_quiet_camera_does_not_make_the_link_look_lost(camera: Camera) -> None:
    timing = replace(PATIENT, silence_s=2.0)  # so much more than a busy machine's pauses
    with FakeServer() as server, linked(server.port, camera, timing=timing) as link:
        until(link, LinkState.ONLINE)
        since = link.status().since
        threading.Event().wait(2.2 * timing.silence_s)
        assert link.status().state is LinkState.ONLINE
        assert link.status().since == since
        assert len(server.clients) == 1


@pytest.mark.slow
def test_a_slow_uplink_makes_frames_rare_but_does_not_make_the_link_look_lost(
    camera: Camera,
) -> None:
    camera.jpeg = bytes(60_000)
    with (
        FakeServer() as server,
        SlowUplink(server.port, 40_000) as uplink,
        linked(uplink.port, camera, timing=replace(PATIENT, silence_s=2.0)) as link,
    ):
        server.pings = True  # ours wait behind 3 s of frames
        until(link, LinkState.ONLINE)
        since = link.status().since
        camera.film()
        wait_until(lambda: link.status().results >= 4, what="results")
        assert (link.status().state, link.status().since) == (LinkState.ONLINE, since)
        round_trip_ms = link.status().round_trip_ms
        assert round_trip_ms is not None
        assert round_trip_ms > 1500


def test_a_closed_slot_keeps_the_link_alive_without_a_busy_loop(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        until(link, LinkState.ONLINE)
        camera.slot.close()
        before = time.process_time()
        threading.Event().wait(1.0)
        assert time.process_time() - before < 0.5
        assert link.status().state is LinkState.ONLINE


def test_a_server_that_dies_is_offline_at_once_and_back_within_two_seconds(
    camera: Camera, clock: FairClock
) -> None:
    with FakeServer() as server, linked(server.port, camera, timing=PROMPT) as link:
        camera.film()
        wait_until(lambda: link.status().results >= 3, what="results")
        dead_s = clock()
        server.close()
        until(link, LinkState.OFFLINE)
        assert clock() - dead_s < 0.7
        wait_until(lambda: "lookout server" in link.status().message, what="what to do")
        back_s = clock()
        server.open()
        until(link, LinkState.ONLINE)
        results = link.status().results
        wait_until(lambda: link.status().results > results, what="a result")
        assert clock() - back_s < 2


def test_a_port_that_accepts_and_never_speaks_is_offline_and_says_why(
    camera: Camera, clock: FairClock
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        linked(mute.getsockname()[1], camera, timing=PROMPT) as link,
    ):
        until(link, LinkState.OFFLINE)
        assert clock() < 1.2
        assert "does not identify itself" in link.status().message


def test_a_server_that_never_recognizes_is_offline_until_it_answers(
    camera: Camera, clock: FairClock
) -> None:
    timing = replace(PATIENT, overdue_s=1.0)
    with FakeServer() as server, linked(server.port, camera, timing=timing) as link:
        camera.film()
        wait_until(lambda: link.status().results >= 3, what="results")
        server.recognizes = False
        wait_until(lambda: server.waiting, what="a frame at the server")
        until(link, LinkState.OFFLINE)
        assert "recognizes nothing" in link.status().message
        assert len(server.clients) == 1, "the heartbeats kept the connection"
        server.recognizes = True
        answered_s = clock()
        server.answer(server.waiting[0])
        until(link, LinkState.ONLINE)
        assert clock() - answered_s < 0.5


def test_after_a_long_hang_a_new_connection_is_offline_until_a_frame_is_answered(
    camera: Camera,
) -> None:
    timing = replace(PATIENT, overdue_s=1.0, hang_reconnect_s=0.2)
    with FakeServer() as server, linked(server.port, camera, timing=timing) as link:
        server.recognizes = False
        camera.film()
        wait_until(lambda: len(server.clients) >= 2, what="a new connection")
        wait_until(lambda: len(server.waiting) == 2, what="frames on the new connection")
        assert link.status().state is LinkState.OFFLINE
        server.recognizes = True  # for frames of yet another connection, if this takes long
        for waiting in server.waiting[:1]:
            server.answer(waiting)
        until(link, LinkState.ONLINE)


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        ("ours", "theirs", "start both sides with the same --token"),
        ("", "theirs", "start this side with the same --token"),
        ("ours", "", "start the server with the same --token, or leave --token away"),
    ],
    ids=["wrong", "missing here", "missing there"],
)
def test_a_token_that_does_not_match_is_refused_with_a_message(
    camera: Camera, ours: str, theirs: str, message: str
) -> None:
    with FakeServer(theirs) as server, linked(server.port, camera, token=ours) as link:
        camera.film()
        until(link, LinkState.REFUSED)
        assert message in link.status().message
        assert server.frames == []
        server.token = ours
        until(link, LinkState.ONLINE)


def test_the_same_token_lets_the_link_in(camera: Camera) -> None:
    token = "geheim ☃ пароль"
    with FakeServer(token) as server, linked(server.port, camera, token=token) as link:
        camera.film()
        wait_until(lambda: link.status().results, what="a result")
        assert link.status().state is LinkState.ONLINE


def test_another_version_is_refused_and_both_versions_are_named(camera: Camera) -> None:
    newer = struct.pack(">4sBBHII", b"LOOK", VERSION + 1, 1, 0, 2, 0) + b"{}"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        linked(listener.getsockname()[1], camera) as link,
    ):
        listener.settimeout(20)
        peer, _ = listener.accept()
        with peer:
            peer.sendall(newer)
            until(link, LinkState.REFUSED)
        assert f"version {VERSION + 1}" in link.status().message
        assert f"version {VERSION}" in link.status().message


def test_results_come_over_tls(camera: Camera, tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    context = tls.server_context(made.cert, made.key)
    with (
        FakeServer("secret", context) as server,
        linked(server.port, camera, token="secret", tls_ca=made.ca) as link,
    ):
        camera.film()
        wait_until(lambda: link.status().results >= 20, what="results")
        assert link.status().state is LinkState.ONLINE


def test_a_certificate_of_another_authority_is_refused(camera: Camera, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    made, other = Certificates(tmp_path / "one"), Certificates(tmp_path / "other")
    context = tls.server_context(made.cert, made.key)
    with (
        FakeServer(tls=context) as server,
        linked(server.port, camera, tls_ca=other.ca) as link,
    ):
        until(link, LinkState.REFUSED)
        assert "is not accepted" in link.status().message
        assert "--tls-ca" in link.status().message


def test_a_certificate_for_another_name_is_refused(camera: Camera, tmp_path: Path) -> None:
    made = Certificates(tmp_path, "recognizer.example")
    context = tls.server_context(made.cert, made.key)
    with FakeServer(tls=context) as server, linked(server.port, camera, tls_ca=made.ca) as link:
        until(link, LinkState.REFUSED)
        assert "127.0.0.1" in link.status().message


def test_a_server_without_tls_is_refused_by_an_edge_that_wants_it(
    camera: Camera, tmp_path: Path
) -> None:
    made = Certificates(tmp_path)
    with FakeServer() as server, linked(server.port, camera, tls_ca=made.ca) as link:
        until(link, LinkState.REFUSED)
        assert "does not speak TLS" in link.status().message


def test_an_edge_without_tls_learns_that_the_server_may_want_it(
    camera: Camera, tmp_path: Path
) -> None:
    made = Certificates(tmp_path)
    context = tls.server_context(made.cert, made.key)
    with FakeServer(tls=context) as server, linked(server.port, camera, timing=PROMPT) as link:
        until(link, LinkState.OFFLINE)
        assert "--tls-ca" in link.status().message


def test_a_missing_ca_file_is_an_error_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(TlsRefused, match="there is no such file"):
        Link(LinkSettings("127.0.0.1", tls_ca=tmp_path / "none.pem"), Slot(), Heard())


def test_a_refused_frame_frees_its_place(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        server.refuses = True
        camera.film()
        wait_until(lambda: len(server.frames) > 3 * MAX_IN_FLIGHT, what="more frames")
        assert link.status().state is LinkState.ONLINE
        server.refuses = False
        wait_until(lambda: link.status().results, what="a result")


def test_photographs_asked_about_at_once_get_each_their_own_verdict(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        until(link, LinkState.ONLINE)

        def kept(keep: bool) -> bool:
            return link.submit_photo(
                JPEG, name="Zoë", filename="a.jpg", keep_anyway=keep, timeout_s=20
            ).kept

        wishes = [True, False] * 10
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(kept, wishes)) == wishes


def test_a_photograph_without_a_verdict_says_so_in_time(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        until(link, LinkState.ONLINE)
        server.judges = False
        with pytest.raises(ConnectionLost, match=r"within 0\.2 s"):
            link.submit_photo(JPEG, name="Ada", filename="a.jpg", timeout_s=0.2)


def test_a_photograph_is_given_up_when_the_server_dies(camera: Camera) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        until(link, LinkState.ONLINE)
        server.judges = False
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(link.submit_photo, JPEG, name="Ada", filename="a.jpg", timeout_s=10)
            wait_until(
                lambda: link._conversation and link._conversation._asked, what="the question"
            )
            server.close()
            with pytest.raises(ConnectionLost):
                asked.result(20)
            until(link, LinkState.OFFLINE)
            with pytest.raises(ConnectionLost, match="offline"):
                link.submit_photo(JPEG, name="Ada", filename="a.jpg", timeout_s=10)


def test_a_correction_reaches_the_server_and_its_answer_comes_back(
    camera: Camera,
) -> None:
    with FakeServer() as server, linked(server.port, camera) as link:
        until(link, LinkState.ONLINE)
        answer = link.correct(NOT_ADA, timeout_s=20)
        assert (answer.message, answer.said_at) == ("Noted.", 5.25)
        (said,) = server.corrections
        assert (said.camera, said.track, said.name) == ("door", 7, "Ada")
        with pytest.raises(Refused, match="No longer known") as refused:
            link.correct(Correction(0, "", Say.IGNORE, track=server.gone), timeout_s=20)
        assert refused.value.code == "gone"
        server.judges = False
        with pytest.raises(ConnectionLost, match=r"correction within 0\.2 s"):
            link.correct(NOT_ADA, timeout_s=0.2)


def test_an_older_server_gets_no_correction_and_the_answer_says_so(
    camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookout.wire.auth.LATER_KINDS", frozenset())  # as if WELCOME listed none
    with FakeServer() as server, linked(server.port, camera) as link:
        until(link, LinkState.ONLINE)
        with pytest.raises(Refused, match="older"):
            link.correct(NOT_ADA, timeout_s=20)
        assert server.corrections == []
        assert link.status().state is LinkState.ONLINE


def test_a_mistake_in_the_callback_is_seen_in_the_status_and_the_link_lives_on(
    camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    broken = True

    def on_result(result: Result, jpeg: bytes, taken_s: float) -> None:
        if broken:
            raise KeyError("view")
        heard(result, jpeg, taken_s)

    with FakeServer() as server, linked(server.port, camera, on_result) as link:
        camera.film()
        wait_until(
            lambda: "KeyError: 'view'" in link.status().message, what="the mistake in the status"
        )
        assert link.status().state is LinkState.OFFLINE
        assert "the link failed" in caplog.text
        broken = False
        wait_until(lambda: heard.results, what="a result")


@pytest.mark.parametrize("situation", ["online", "nobody there", "mute"])
def test_stop_ends_every_thread_at_once(camera: Camera, clock: FairClock, situation: str) -> None:
    before = set(threading.enumerate())
    with FakeServer() as server, socket.create_server(("127.0.0.1", 0)) as mute:
        if situation == "nobody there":
            server.close()
        port = mute.getsockname()[1] if situation == "mute" else server.port
        with linked(port, camera, timing=PROMPT) as link:
            until(link, LinkState.ONLINE if situation == "online" else LinkState.OFFLINE)
            started_s = clock()
            link.stop()
            assert clock() - started_s < 1.2
        alive = {t.name for t in set(threading.enumerate()) - before}
        assert alive <= {"fake-server"}
        assert link.status().message == "recognition offline: stopped"


def test_the_token_is_not_in_the_settings_printed(camera: Camera) -> None:
    assert "hush" not in repr(LinkSettings("127.0.0.1", token="hush"))
