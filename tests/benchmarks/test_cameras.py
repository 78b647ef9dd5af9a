"""The cameras of `benchmarks.cameras`, against a real socket service."""

from __future__ import annotations

import time

from benchmarks.support.camera_load import IN_FLIGHT, Camera
from benchmarks.support.waiting import wait_until
from lookout.server.enrolment.photo_handler import DisabledHandler
from tests.support.server_fakes import FakeRecognizer
from tests.support.service import RunningService

JPEGS = [b"first", b"second", b"third"]


def test_a_camera_counts_what_comes_back_and_plays_its_clip_round_and_round() -> None:
    recognizer = FakeRecognizer()
    with (
        RunningService(recognizer, DisabledHandler()) as service,
        Camera(service.address[1], "door", JPEGS, per_s=20.0, phase=0.0) as camera,
    ):
        wait_until(lambda: len(camera.answers) >= 7, timeout_s=10.0)
        answers = camera.between(0.0, time.monotonic())
    assert camera.error is None
    assert all(0.0 < answer.round_trip_s < 5.0 for answer in answers)
    sent = [job.jpeg for batch in recognizer.batches for job in batch]
    assert sent[:6] == [*JPEGS[1:], *JPEGS, JPEGS[0]]


def test_a_slow_server_has_no_more_than_two_frames_of_a_camera_under_way() -> None:
    recognizer = FakeRecognizer()
    recognizer.gate.clear()
    with (
        RunningService(recognizer, DisabledHandler()) as service,
        Camera(service.address[1], "door", JPEGS, per_s=20.0, phase=0.0) as camera,
    ):
        assert recognizer.inside.wait(5.0)
        began_s = time.monotonic()
        wait_until(lambda: time.monotonic() - began_s > 0.3, timeout_s=5.0)
        recognizer.gate.set()
        wait_until(lambda: len(camera.answers) >= IN_FLIGHT, timeout_s=5.0)
    first = [job.info.number for job in recognizer.batches[0]]
    assert first == [1]
    assert camera.dropped == 0
    assert camera.error is None
