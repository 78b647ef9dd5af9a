"""The board of cameras is bounded, and a clock that is set changes no camera's condition."""

from __future__ import annotations

import time

import pytest

from lookout.server.live.camera_board import MAX_CAMERAS, CameraBoard, Condition
from lookout.server.live.clock import unix_s
from lookout.server.live.frame_job import Deliver, FrameJob, Source
from lookout.wire.records import FrameInfo, Overlay


class Nothing:
    """A queue that drops everything."""

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        pass

    def forget(self, source: Source) -> None:
        pass


def frame(name: str) -> FrameJob:
    return FrameJob(Source(1, name), FrameInfo(name, 1, 0.0, Overlay.EDGE), b"", 0.0)


def test_names_without_number_do_not_fill_the_board() -> None:
    board = CameraBoard(Nothing())
    for number in range(MAX_CAMERAS + 10):
        job = frame(f"camera {number}")
        board.offer(job, lambda _: None)
        board.forget(job.source)
    assert len(board.cameras()) == MAX_CAMERAS


def test_a_clock_that_is_set_loses_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    board = CameraBoard(Nothing())
    board.offer(frame("door"), lambda _: None)
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + 400 * 86_400)
    (camera,) = board.cameras()
    assert camera.condition(time.monotonic()) is Condition.ONLINE
    assert abs(unix_s(camera.last_frame_s) - time.time()) < 60.0
