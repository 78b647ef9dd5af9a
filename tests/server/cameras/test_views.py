"""The newest picture of a camera is kept, and nothing is done with it before somebody watches."""

from __future__ import annotations

from collections.abc import Callable

from lookout.server.cameras.views import MOST_VIEWS, LiveViews
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Source, dropped
from lookout.wire.records import Face, FaceState, Refusal, Result
from tests.support.server_fakes import Answers, frame

ADA = Face((10.0, 20.0, 30.0, 40.0), FaceState.KNOWN, "Ada")


class Recognition:
    """Answers every frame in the way that a test sets."""

    def __init__(self) -> None:
        self.answer: Callable[[FrameJob], Answer | Refusal] = lambda job: Answer(
            Result(job.info.camera, job.info.number, 0.0, (ADA,))
        )
        self.forgotten: list[Source] = []

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        deliver(self.answer(job))

    def forget(self, source: Source) -> None:
        self.forgotten.append(source)


def test_the_newest_recognized_frame_is_kept_with_its_faces() -> None:
    recognition, answers = Recognition(), Answers()
    views = LiveViews(recognition)
    assert views.newest("door") is None
    views.offer(frame("door", 1), answers.deliver)
    view = views.newest("door")
    assert view is not None
    assert (view.camera, view.jpeg, view.faces) == ("door", b"jpeg", (ADA,))
    recognition.answer = dropped
    views.offer(frame("door", 2), answers.deliver)
    recognition.answer = lambda job: Refusal("bad_picture", "not a picture")
    views.offer(frame("door", 3), answers.deliver)
    assert views.newest("door") is view
    assert len(answers.wait(3)) == 3
    views.forget(Source(1, "door"))
    assert recognition.forgotten == [Source(1, "door")]


def test_only_who_watches_a_camera_is_woken_and_only_as_long() -> None:
    views, woken = LiveViews(Recognition()), []
    end = views.watch(["door"], lambda: woken.append("door"))
    assert views.is_watched("door")
    assert not views.is_watched("yard")
    for camera in ("door", "yard", "door"):
        views.offer(frame(camera, 1), lambda _: None)
    assert woken == ["door", "door"]
    end()
    views.offer(frame("door", 2), lambda _: None)
    assert woken == ["door", "door"]
    assert not views.is_watched("door")


def test_cameras_without_number_do_not_fill_the_memory() -> None:
    views = LiveViews(Recognition())
    for number in range(MOST_VIEWS + 5):
        views.offer(frame(f"camera {number}", 1), lambda _: None)
    assert views.newest("camera 4") is None
    assert views.newest("camera 5") is not None
