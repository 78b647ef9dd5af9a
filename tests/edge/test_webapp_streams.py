"""Live streams through the real web server and real sockets: many viewers, slow and silent ones."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.support.waiting import wait_until
from lookout.edge import web_server as serving
from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.station import Station
from lookout.edge.web_server import CannotServePage, WebServer
from tests.support.edge_fakes import PacedCamera, number_of

pytestmark = pytest.mark.long

FPS = 20
VIEWERS = 20
NOBODY = 1
SMALL_BUFFER = 32 * 1024


class Site:
    """A station with its pages on a free port."""

    def __init__(self, images: Path, viewers: int = VIEWERS) -> None:
        self.camera = PacedCamera(FPS)
        link = LinkSettings("127.0.0.1", NOBODY)
        self.station = Station(self.camera, link, images, most_viewers=viewers)
        self.web = WebServer(create_app(self.station), "127.0.0.1", 0, viewers)
        self._thread = threading.Thread(target=self.web.run, name="web under test")

    def __enter__(self) -> Site:
        self.station.start()
        self._thread.start()
        assert self.station.view.pictures.wait(0, 5.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.web.stop()
        self._thread.join(10.0)
        self.station.stop()
        assert not self._thread.is_alive()


class Viewer:
    """One browser: an HTTP/1.0 client, so that the parts come without chunks around them."""

    def __init__(self, port: int, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10.0)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(b"GET /video_feed HTTP/1.0\r\nHost: localhost\r\n\r\n")
        self._file = self.socket.makefile("rb")

    def head(self) -> bytes:
        lines = iter(self._file.readline, b"\r\n")
        return b"".join(lines)

    def next_number(self) -> int:
        """Reads one part and returns the number of its picture."""
        length = 0
        while (line := self._file.readline()) != b"\r\n" or not length:
            assert line, "the stream ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return number_of(self._file.read(length))

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@contextmanager
def watching(viewers: list[Viewer]) -> Iterator[list[list[int]]]:
    """Each viewer reads in its own thread; the numbers that each has seen, as they come."""
    seen: list[list[int]] = [[] for _ in viewers]
    stop = threading.Event()

    def watch(viewer: Viewer, numbers: list[int]) -> None:
        while not stop.is_set():
            numbers.append(viewer.next_number())

    threads = [
        threading.Thread(target=watch, args=pair) for pair in zip(viewers, seen, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join(5.0)


def test_of_twenty_viewers_one_that_never_reads_slows_down_nobody(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        silent = Viewer(site.web.port, SMALL_BUFFER)
        viewers = [Viewer(site.web.port) for _ in range(VIEWERS - 1)]
        try:
            assert all(b"200 OK" in viewer.head() for viewer in viewers)
            with watching(viewers) as seen:
                wait_until(lambda: all(seen), 5.0)
                first = site.camera.given
                began = time.monotonic()
                wait_until(lambda: site.camera.given >= first + 3 * FPS, 10.0)
                last, took_s = site.camera.given, time.monotonic() - began
                wait_until(lambda: all(numbers[-1] >= last for numbers in seen), 1.0)
                counts = [sum(first < n <= last for n in numbers) for numbers in list(seen)]
            assert site.station.viewers.count == VIEWERS
        finally:
            for viewer in [silent, *viewers]:
                viewer.close()
    given = last - first
    rate = given / took_s
    sys.stdout.write(
        f"\n{VIEWERS} viewers, one silent: {given} frames at {rate:.1f}/s; the others saw"
        f" {min(counts)} to {max(counts)}\n"
    )
    assert rate > 0.8 * FPS
    assert min(counts) >= 0.9 * given


def test_a_viewer_that_pauses_misses_frames_and_goes_on_with_the_newest(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        viewer = Viewer(site.web.port, SMALL_BUFFER)
        viewer.head()
        before = viewer.next_number()
        wait_until(lambda: site.camera.given >= before + 2 * FPS, 10.0)
        numbers = [viewer.next_number() for _ in range(12)]
        viewer.close()
    gaps = [later - earlier for earlier, later in pairwise(numbers)]
    assert max(gaps) > FPS, "two seconds of video waited for a viewer that was not looking"
    assert gaps.index(max(gaps)) < 8, "so few frames lie in the buffers on the way"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux only")
def test_a_viewer_that_takes_nothing_for_long_gives_its_place_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "STALLED_S", 1.0)
    with Site(tmp_path) as site:
        viewer = Viewer(site.web.port, SMALL_BUFFER)
        wait_until(lambda: site.station.viewers.count == 1, 5.0)
        wait_until(lambda: site.station.viewers.count == 0, 8.0)
        viewer.close()


def test_a_viewer_that_closes_gives_its_place_back_even_when_the_camera_stands_still(
    tmp_path: Path,
) -> None:
    with Site(tmp_path) as site:
        viewer = Viewer(site.web.port)
        viewer.head()
        viewer.next_number()
        site.camera.pull_the_plug()
        viewer.close()
        wait_until(lambda: site.station.viewers.count == 0, 5.0)


def test_one_viewer_too_many_is_refused_and_the_page_still_answers(tmp_path: Path) -> None:
    with Site(tmp_path, viewers=2) as site:
        viewers = [Viewer(site.web.port) for _ in range(2)]
        assert all(b"200 OK" in viewer.head() for viewer in viewers)
        third = Viewer(site.web.port)
        head = third.head()
        assert b"503" in head
        assert b"Retry-After: 2" in head
        viewers[0].close()
        wait_until(lambda: site.station.viewers.count == 1, 5.0)
        again = Viewer(site.web.port)
        assert b"200 OK" in again.head()
        for viewer in (third, again, viewers[1]):
            viewer.close()


def test_the_boundary_follows_a_picture_at_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        viewer = Viewer(site.web.port)
        assert b"boundary=lookout-frame" in viewer.head()
        viewer.next_number()
        site.camera.pull_the_plug()
        assert viewer._file.readline() == b"\r\n"
        assert viewer._file.readline() == b"--lookout-frame\r\n"
        viewer.close()


def test_stopping_does_not_wait_for_a_viewer_that_never_reads(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        viewer = Viewer(site.web.port, SMALL_BUFFER)
        start = site.camera.given
        wait_until(lambda: site.camera.given > start + FPS, 5.0)
        began = time.monotonic()
    assert time.monotonic() - began < 2.5
    viewer.close()


def test_a_taken_port_is_explained(tmp_path: Path) -> None:
    with Site(tmp_path) as site, pytest.raises(CannotServePage, match=r"is taken.*--port"):
        WebServer(create_app(site.station), "127.0.0.1", site.web.port, 1)
