"""The loop that keeps a camera alive: numbers, rate, status messages, reopening."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from skimage.data import astronaut

from benchmarks.support.waiting import wait_until
from lookout.edge.camera_loop import CameraLoop, CameraState, CameraStatus
from lookout.edge.cameras import Camera, CameraLost, open_camera
from lookout.edge.cameras.jpeg import to_jpeg
from lookout.edge.frame import Frame
from lookout.edge.slot import Slot
from tests.support.mjpeg_camera import MjpegCamera

JPEG = to_jpeg(astronaut()[:240, :320, ::-1])


@contextmanager
def running(camera: Camera, stall_s: float = 5.0) -> Iterator[tuple[CameraLoop, Slot[Frame]]]:
    slot: Slot[Frame] = Slot()
    loop = CameraLoop(camera, slot, stall_s=stall_s)
    loop.start()
    yield loop, slot
    loop.stop()


def status_when(
    loop: CameraLoop, true: Callable[[CameraStatus], bool], timeout_s: float = 15.0
) -> CameraStatus:
    wait_until(lambda: true(loop.status()), timeout_s, "a status of the camera")
    return loop.status()


def is_live(status: CameraStatus) -> bool:
    return status.state is CameraState.LIVE


def is_lost(status: CameraStatus) -> bool:
    return status.state is CameraState.LOST


def test_a_live_camera_reports_its_rate_and_size_and_numbers_its_pictures() -> None:
    with MjpegCamera([JPEG], fps=25) as server:
        camera = open_camera(f"http://{server.address}")
        with running(camera) as (loop, slot):
            seen, numbers = 0, []
            for _ in range(25):
                newest = slot.wait(seen, 5)
                assert newest is not None
                seen, frame = newest
                numbers.append(frame.number)
                assert frame.jpeg == JPEG
                assert abs(frame.captured_at - time.time()) < 2
            status = loop.status()
    assert numbers == sorted(set(numbers))
    assert status.state is CameraState.LIVE
    assert status.size_wh == (320, 240)
    assert 10 < status.fps < 28
    assert server.connections == 1


def test_a_camera_that_dies_and_returns_is_live_again_and_its_numbers_go_on() -> None:
    with MjpegCamera([JPEG]) as first:
        camera = open_camera(f"http://{first.address}")
        with running(camera) as (loop, slot):
            status_when(loop, is_live)
            first.stop()
            lost = status_when(loop, is_lost)
            newest = slot.newest()
            assert newest is not None
            assert first.address in lost.message
            with MjpegCamera([JPEG], port=first.port):
                back = status_when(loop, is_live)
                after = slot.wait(newest[0], 5)
                assert after is not None
                assert after[1].number == newest[1].number + 1
                assert back.since > lost.since
            status_when(loop, is_lost)


def test_a_camera_that_goes_silent_is_reopened() -> None:
    with MjpegCamera([JPEG]) as server:
        camera = open_camera(f"http://{server.address}")
        with running(camera, stall_s=0.3) as (loop, _):
            status_when(loop, is_live)
            server.stall()
            assert "no picture" in status_when(loop, is_lost).message
            server.resume()
            status_when(loop, is_live)
            assert server.connections >= 2


class FaultyCamera:
    """Fails in the given ways, one for each opening; after the last it gives one picture."""

    name = "faulty"

    def __init__(self, *errors: Exception) -> None:
        self._errors = iter(errors)
        self._numbers = itertools.count(1)
        self.opened_at: list[float] = []
        self.closed = 0

    def open(self) -> None:
        self.opened_at.append(time.monotonic())
        error = next(self._errors, None)
        if error is not None:
            raise error

    def read(self, timeout_s: float) -> Frame:
        time.sleep(0.01)
        return Frame(JPEG, next(self._numbers), time.time())

    def close(self) -> None:
        self.closed += 1


def test_an_unforeseen_fault_is_reported_logged_with_its_trace_and_retried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(FaultyCamera(ZeroDivisionError("inside a library"))) as (loop, _):
        message = status_when(loop, is_lost).message
        assert "ZeroDivisionError: inside a library" in message
        status_when(loop, is_live)
    assert "Traceback" in caplog.text


def test_reopening_backs_off_and_every_opening_is_closed() -> None:
    camera = FaultyCamera(*[CameraLost("unplugged")] * 3)
    with running(camera) as (loop, _):
        assert status_when(loop, is_lost).message == "unplugged"
        status_when(loop, is_live)
    waits = [b - a for a, b in itertools.pairwise(camera.opened_at)]
    assert [round(wait * 2) / 2 for wait in waits] == [0.5, 1.0, 2.0]
    assert camera.closed == 4
