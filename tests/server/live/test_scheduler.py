"""Who is recognized next, and that everybody gets an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lookout.server.live.frame_job import Answer, Source
from lookout.server.live.scheduler import Scheduler
from lookout.wire.records import Refusal
from tests.support.server_fakes import Answers, FakeRecognizer, frame


@pytest.fixture
def recognizer() -> FakeRecognizer:
    return FakeRecognizer()


@pytest.fixture
def scheduler(recognizer: FakeRecognizer) -> Iterator[Scheduler]:
    scheduler = Scheduler(recognizer, on_failure=lambda: None)
    scheduler.start()
    yield scheduler
    recognizer.gate.set()
    assert scheduler.close(5.0)


def busy(scheduler: Scheduler, recognizer: FakeRecognizer) -> None:
    """Let the recognizer be inside a frame of the camera `first` until its gate opens."""
    recognizer.gate.clear()
    recognizer.inside.clear()
    scheduler.offer(frame("first", 1), Answers().deliver)
    assert recognizer.inside.wait(5.0)


def test_a_newer_frame_takes_the_place_of_a_waiting_one_which_is_answered_dropped(
    scheduler: Scheduler, recognizer: FakeRecognizer
) -> None:
    busy(scheduler, recognizer)
    answers = Answers()
    for number in (1, 2, 3):
        scheduler.offer(frame("door", number), answers.deliver)
    early = answers.wait(2)
    assert [(a.result.number, a.result.dropped) for a in early if isinstance(a, Answer)] == [
        (1, True),
        (2, True),
    ]
    recognizer.gate.set()
    last = answers.wait(3)[2]
    assert isinstance(last, Answer)
    assert (last.result.number, last.result.dropped) == (3, False)
    assert ("door", 1) not in recognizer.order


def test_a_flooding_camera_does_not_starve_another(
    scheduler: Scheduler, recognizer: FakeRecognizer
) -> None:
    busy(scheduler, recognizer)
    flood, quiet = Answers(), Answers()
    for number in range(100):
        scheduler.offer(frame("flood", number, session=2), flood.deliver)
    scheduler.offer(frame("quiet", 1, session=3), quiet.deliver)
    for number in range(100, 200):
        scheduler.offer(frame("flood", number, session=2), flood.deliver)
    recognizer.gate.set()
    quiet.wait(1)
    flood.wait(200)
    assert recognizer.order == [("first", 1), ("flood", 199), ("quiet", 1)]


def test_cameras_are_served_in_turn(scheduler: Scheduler, recognizer: FakeRecognizer) -> None:
    answers = Answers()
    busy(scheduler, recognizer)
    for camera in ("a", "b", "c"):
        scheduler.offer(frame(camera, 1), answers.deliver)
    recognizer.gate.set()
    answers.wait(3)
    recognizer.inside.clear()
    recognizer.gate.clear()
    scheduler.offer(frame("b", 2), answers.deliver)
    assert recognizer.inside.wait(5.0)
    for camera in ("b", "c", "a"):
        scheduler.offer(frame(camera, 3), answers.deliver)
    recognizer.gate.set()
    answers.wait(7)
    assert [camera for camera, number in recognizer.order if number == 1][1:] == ["a", "b", "c"]
    assert [camera for camera, number in recognizer.order if number == 3] == ["b", "c", "a"]


def test_frames_of_two_cameras_share_a_batch(recognizer: FakeRecognizer) -> None:
    scheduler = Scheduler(recognizer, on_failure=lambda: None, gather_s=5.0)
    scheduler.start()
    answers = Answers()
    scheduler.offer(frame("warm", 1), answers.deliver)  # the cost of a frame is known from now on
    answers.wait(1)
    scheduler.forget(Source(1, "warm"))
    busy(scheduler, recognizer)
    for camera in ("first", "second"):
        scheduler.offer(frame(camera, 2, time.monotonic()), answers.deliver)
    recognizer.gate.set()
    answers.wait(3)
    assert [[job.info.camera for job in batch] for batch in recognizer.batches] == [
        ["warm"],
        ["first"],
        ["first", "second"],
    ]
    assert scheduler.close(5.0)


def test_a_single_camera_does_not_wait_for_others(recognizer: FakeRecognizer) -> None:
    scheduler = Scheduler(recognizer, on_failure=lambda: None, gather_s=60.0)
    scheduler.start()
    answers = Answers()
    for number in (1, 2):
        scheduler.offer(frame("only", number, time.monotonic()), answers.deliver)
        answers.wait(number, timeout_s=5.0)
    assert scheduler.close(5.0)


def test_a_failure_answers_its_frames_is_logged_and_the_next_frames_are_served(
    scheduler: Scheduler, recognizer: FakeRecognizer, caplog: pytest.LogCaptureFixture
) -> None:
    recognizer.fail_on = "bad"
    answers = Answers()
    scheduler.offer(frame("bad", 7), answers.deliver)
    refusal = answers.wait(1)[0]
    assert isinstance(refusal, Refusal)
    assert (refusal.number, refusal.fatal) == (7, False)
    assert "ZeroDivisionError: made to fail" in caplog.text
    scheduler.offer(frame("good", 1), answers.deliver)
    assert isinstance(answers.wait(2)[1], Answer)


def test_a_camera_that_goes_is_forgotten_and_its_waiting_frame_let_go(
    scheduler: Scheduler, recognizer: FakeRecognizer
) -> None:
    busy(scheduler, recognizer)
    answers = Answers()
    scheduler.offer(frame("leaver", 1), answers.deliver)
    scheduler.offer(frame("stayer", 1), answers.deliver)
    scheduler.forget(Source(1, "leaver"))
    recognizer.gate.set()
    assert len(answers.wait(1)) == 1
    assert ("leaver", 1) not in recognizer.order
    assert recognizer.forgotten == [Source(1, "leaver")]


def test_closing_does_not_hang_on_a_recogniser_that_hangs(recognizer: FakeRecognizer) -> None:
    scheduler = Scheduler(recognizer, on_failure=lambda: None)
    scheduler.start()
    busy(scheduler, recognizer)
    began_s = time.monotonic()
    assert not scheduler.close(0.1)
    assert time.monotonic() - began_s < 2.0
    recognizer.gate.set()
    assert scheduler.close(5.0)


def test_the_owner_hears_of_a_thread_that_ends_by_its_own_error(
    recognizer: FakeRecognizer,
) -> None:
    failed = threading.Event()
    scheduler = Scheduler(recognizer, on_failure=failed.set)
    scheduler.start()

    def explode(_: object) -> None:
        raise RuntimeError("a deliver must not raise")

    scheduler.offer(frame("a", 1), explode)
    assert failed.wait(5.0)
    assert scheduler.close(5.0)
