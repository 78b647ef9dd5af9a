"""Small stand-ins for the engine, behind its own seams, for tests of what is around it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Outcome, Source
from lookout.wire.records import FrameInfo, Result


class FakeRecognizer:
    """Answers every job with an empty result; waits inside `run` while its gate is shut."""

    def __init__(self) -> None:
        self.batches: list[list[FrameJob]] = []
        self.forgotten: list[Source] = []
        self.fail_on: str | None = None
        self.inside = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        self.batches.append(list(jobs))
        self.inside.set()
        if not self.gate.wait(10.0):
            raise TimeoutError("the test left the gate shut")
        if any(job.info.camera == self.fail_on for job in jobs):
            raise ZeroDivisionError("made to fail")
        return [
            Answer(Result(job.info.camera, job.info.number, job.info.captured_at), job.jpeg)
            for job in jobs
        ]

    def forget(self, source: Source) -> None:
        self.forgotten.append(source)

    @property
    def order(self) -> list[tuple[str, int]]:
        """Camera and frame number of every job, in the order in which they were recognized."""
        return [(job.info.camera, job.info.number) for batch in self.batches for job in batch]


class DroppedFrames:
    """A queue that answers nothing."""

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        pass

    def forget(self, source: Source) -> None:
        pass


class Answers:
    """Collects outcomes from any thread and waits for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._outcomes: list[Outcome] = []

    def deliver(self, outcome: Outcome) -> None:
        with self._changed:
            self._outcomes.append(outcome)
            self._changed.notify_all()

    def wait(self, count: int, timeout_s: float = 5.0) -> list[Outcome]:
        """All outcomes so far, once there are `count`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._outcomes) >= count, timeout_s):
                raise TimeoutError(f"{len(self._outcomes)} outcomes of {count}: {self._outcomes}")
            return list(self._outcomes)


def frame(camera: str, number: int, arrived_s: float = 0.0, session: int = 1) -> FrameJob:
    return FrameJob(Source(session, camera), FrameInfo(camera, number, 0.0), b"jpeg", arrived_s)
