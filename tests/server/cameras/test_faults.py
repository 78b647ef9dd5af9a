"""A real RTSP server behind a proxy that misbehaves: what is said, and that pictures come back.

A slice of `python -m benchmarks.camera_faults`, which does all of it and counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.support.fault_proxy import USER, FaultProxy, Mode
from benchmarks.support.rtsp_peers import RtspPeer
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.puller import Puller
from lookout.server.cameras.views import LiveViews
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Source
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.sqlite.store import open_store
from lookout.wire.records import Result

pytestmark = pytest.mark.long

pytest.importorskip("rtsp", reason="the RTSP server of PyPI is optional")

PASSWORD = "p@ss:w/rd #1?%"
LONGEST_S = 90.0


class Counting:
    def __init__(self) -> None:
        self.count = 0

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        self.count += 1
        deliver(Answer(Result(job.info.camera, job.info.number, 0.0)))

    def forget(self, source: Source) -> None:
        pass


class Door:
    """A camera behind a proxy, and the puller that fetches it."""

    def __init__(self, directory: CameraDirectory, proxy: FaultProxy) -> None:
        self.directory = directory
        self.proxy = proxy
        self.counting = Counting()
        self.puller = Puller(directory, LiveViews(self.counting))
        address = f"rtsp://127.0.0.1:{proxy.port}/live"
        camera = CameraRecord(new_camera_id(), "door", CameraKind.RTSP, 1.0, address=address)
        self.camera = directory.add(replace(camera, user=USER, password=PASSWORD))
        self.puller.start()

    def why(self) -> str:
        status = self.puller.status(self.camera)
        return "" if status is None else status.why

    def wait_for_pictures(self) -> None:
        before = self.counting.count
        wait_until(lambda: self.counting.count > before + 2)


def wait_until(condition: Callable[[], object]) -> None:
    until_s = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.05)


@pytest.fixture(scope="module")
def peer() -> Iterator[RtspPeer]:
    with RtspPeer(size_wh=(320, 240)) as peer:
        yield peer


@pytest.fixture
def door(tmp_path: Path, peer: RtspPeer) -> Iterator[Door]:
    with open_store(tmp_path / "data", {}) as store, FaultProxy(peer.port, PASSWORD) as proxy:
        proxy.set(Mode.AUTH)
        door = Door(CameraDirectory(store.cameras), proxy)
        yield door
        assert door.puller.close(20.0)


def test_a_password_of_any_characters_and_a_nonce_for_every_request_are_no_trouble(
    door: Door,
) -> None:
    door.wait_for_pictures()
    assert door.why() == ""


def test_a_wrong_password_is_said_and_a_right_one_used_at_once(door: Door) -> None:
    door.camera = door.directory.update(replace(door.camera, password="wrong"))
    wait_until(lambda: "refuses the user or the password" in door.why())
    door.camera = door.directory.update(replace(door.camera, password=PASSWORD))
    door.wait_for_pictures()


@pytest.mark.parametrize(
    ("mode", "word"),
    [
        (Mode.CUT, "the camera"),
        (Mode.HOLE, "sends nothing"),
        (Mode.GARBAGE, ""),
        (Mode.FULL, "no further viewer"),
    ],
)
def test_a_camera_comes_back_after_whatever_it_did(door: Door, mode: Mode, word: str) -> None:
    door.wait_for_pictures()
    if mode is Mode.FULL:
        door.proxy.set(Mode.CUT)
    door.proxy.set(mode)
    wait_until(lambda: door.why() and word in door.why())
    door.proxy.set(Mode.AUTH)
    door.wait_for_pictures()
    wait_until(lambda: door.why() == "")


def test_the_kept_password_is_in_no_word_of_the_log(
    door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    door.wait_for_pictures()
    door.proxy.set(Mode.CUT)
    wait_until(door.why)
    said = capfd.readouterr()
    for text in (caplog.text, said.out, said.err, door.why()):
        assert PASSWORD not in text
        assert "p%40ss" not in text
