"""The scheduler of frames: the newest of each camera, cameras in turn, in batches.

One thread, owned here, runs the pipeline. A camera has one place in the queue: a newer frame takes
the place of an older one, which is answered `dropped` at once. A camera that was served goes to the
end of the queue, so a flooding camera gets its turn and no more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lookout.server.live.frame_job import Deliver, FrameJob, Outcome, Source, dropped
from lookout.wire.records import Refusal
from lookout.wire.refusals import Code

log = logging.getLogger(__name__)

GATHER_S = 0.004
"""The time for which the first frame of a batch waits for other cameras. It ends when all connected
cameras have a frame waiting, so a single camera never waits."""

BATCH_BUDGET_S = 0.060
"""The time that one batch may take, about: the first frame in it waits for the last. On a GPU
sixteen frames fit. On two cores, with YuNet and eight cameras, frames in batches of four take 16 ms
of processor time each, and 20 one by one; with one thread 14 and 15."""

MAX_BATCH = 16


class Recognizer(Protocol):
    """The work of the scheduler; `server.live.pipeline.Pipeline` is the one in use."""

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        """One outcome for each job, in order. Called by the scheduler's thread only."""

    def forget(self, source: Source) -> None:
        """Drops the state of a camera that has disconnected. The same thread."""


@dataclass(frozen=True, slots=True)
class _WaitingFrame:
    job: FrameJob
    deliver: Deliver


class Scheduler:
    """Takes frames from any thread and delivers outcomes from its own.

    Every frame is answered exactly once, unless its camera is forgotten or the scheduler is closed
    before. `on_failure` is called from the thread if it ends by an error of its own.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        on_failure: Callable[[], None],
        gather_s: float = GATHER_S,
        batch_budget_s: float = BATCH_BUDGET_S,
        max_batch: int = MAX_BATCH,
    ) -> None:
        self._recognizer = recognizer
        self._on_failure = on_failure
        self._gather_s = gather_s
        self._batch_budget_s = batch_budget_s
        self._max_batch = max_batch
        self._changed = threading.Condition()
        # a dict keeps the order in which keys came; a new value for a key keeps its place
        self._waiting: dict[Source, _WaitingFrame] = {}
        self._active: set[Source] = set()
        self._gone: set[Source] = set()
        self._stopping = False
        self._frame_s = 0.0
        self._thread = threading.Thread(target=self._run, name="recognition", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        """Queues `job`, in place of an older frame of the same camera."""
        with self._changed:
            if self._stopping:
                return
            older = self._waiting.get(job.source)
            self._waiting[job.source] = _WaitingFrame(job, deliver)
            self._active.add(job.source)
            self._changed.notify_all()
        if older is not None:
            older.deliver(dropped(older.job))

    def forget(self, source: Source) -> None:
        """Drops a camera that has disconnected; its waiting frame is not answered."""
        with self._changed:
            self._waiting.pop(source, None)
            if source in self._active:
                self._active.remove(source)
                self._gone.add(source)
                self._changed.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Ends the thread. False if it is still inside the pipeline after `timeout_s`."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._work()
        except Exception:
            log.exception("the recognition thread has ended by an error")
            self._on_failure()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            batch, gone = taken
            for source in gone:
                self._recognizer.forget(source)
            if not batch:
                continue
            began_s = time.monotonic()
            outcomes = self._recognize([waiting.job for waiting in batch])
            self._learn_cost((time.monotonic() - began_s) / len(batch))
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.deliver(outcome)

    def _take(self) -> tuple[list[_WaitingFrame], list[Source]] | None:
        """The next batch and the cameras that have gone; None once the scheduler is closing."""
        with self._changed:
            while not (self._waiting or self._gone or self._stopping):
                self._changed.wait()
            if self._waiting and not self._stopping:
                self._gather()
            if self._stopping:
                return None
            gone = list(self._gone)
            self._gone.clear()
            size = self._batch_size()
            return [self._waiting.pop(source) for source in list(self._waiting)[:size]], gone

    def _gather(self) -> None:
        until_s = min(w.job.arrived_s for w in self._waiting.values()) + self._gather_s
        self._changed.wait_for(
            lambda: (
                self._stopping or len(self._waiting) >= min(len(self._active), self._batch_size())
            ),
            timeout=max(0.0, until_s - time.monotonic()),
        )

    def _batch_size(self) -> int:
        if self._frame_s == 0.0:
            return 1  # nothing is measured yet
        return max(1, min(self._max_batch, int(self._batch_budget_s / self._frame_s)))

    def _learn_cost(self, frame_s: float) -> None:
        self._frame_s = frame_s if self._frame_s == 0.0 else 0.8 * self._frame_s + 0.2 * frame_s

    def _recognize(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        try:
            return self._recognizer.run(jobs)
        except Exception:
            # one frame must not end recognition for every camera; nothing is swallowed unlogged
            cameras = ", ".join(repr(job.info.camera) for job in jobs)
            log.exception("recognition failed on a frame of: %s", cameras)
            message = "the server failed on this frame; its log says why"
            return [Refusal(Code.INTERNAL, message, number=job.info.number) for job in jobs]
