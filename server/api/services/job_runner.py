"""Work that takes longer than a request: one job at a time, with progress, cancel and a result.

Jobs live as long as the server. Changes to the store are safe in the store; an import that was
cut off continues after its last row when the same file is sent again.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from lookout.faces.errors import FacesError
from lookout.server.api.errors.api_error import Overloaded
from lookout.server.errors import ServerError
from lookout.server.events.types import EventType
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import Event, new_id

log = logging.getLogger(__name__)

MAX_WAITING = 8
MAX_KEPT = 100
TELL_EVERY_S = 1.0
"""Progress is an event, and an event costs an fsync."""


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
_EVENTS = {
    JobState.DONE: EventType.JOB_DONE,
    JobState.CANCELLED: EventType.JOB_DONE,
    JobState.FAILED: EventType.JOB_FAILED,
}


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """One job as of now. done, total: in the job's own unit; error: why it failed.

    right: the right that its result needs, and so its reading and cancelling.
    """

    id: str
    kind: str
    actor: str
    right: str
    created_at: float
    state: JobState = JobState.WAITING
    done: int = 0
    total: int = 0
    ended_at: float | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


Progress = Callable[[int, int], None]
Work = Callable[[Progress, threading.Event], Mapping[str, Any]]
"""Does the job: reports progress, stops between two steps once the event is set, and returns the
result. Raises ServerError or FacesError with a message for people."""
Ended = Callable[[BackgroundJob], None]
"""Called when a job has ended, in whatever way, even if it never began. Must not raise."""


class JobRunner:
    """The jobs and their thread. `submit` and the rest from any thread."""

    def __init__(
        self,
        publish: Callable[[Event], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`publish` is told of progress, every second at most, and of the end of each job."""
        self._publish = publish
        self._clock = clock
        self._told_s = -TELL_EVERY_S
        self._lock = threading.Lock()
        self._jobs: dict[str, BackgroundJob] = {}
        self._stops: dict[str, threading.Event] = {}
        self._ended: dict[str, Ended] = {}
        self._waiting: queue.SimpleQueue[tuple[str, Work] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(
        self,
        kind: str,
        actor: str,
        work: Work,
        *,
        right: str = "admin",
        job_id: str | None = None,
        ended: Ended = lambda _: None,
    ) -> BackgroundJob:
        """Have `work` done when its turn comes; `job_id` is a fresh one of the caller's own,
        `right` the one that its result needs.

        Raises Overloaded; `ended` is then not called.
        """
        job = BackgroundJob(job_id or new_id(), kind, actor, right, time.time())
        with self._lock:
            if sum(other.state is JobState.WAITING for other in self._jobs.values()) >= MAX_WAITING:
                raise Overloaded(f"{MAX_WAITING} jobs are waiting already; try again later", 30.0)
            for old in [kept.id for kept in self._jobs.values() if kept.state in _ENDED]:
                if len(self._jobs) >= MAX_KEPT:
                    del self._jobs[old]
            self._jobs[job.id] = job
            self._stops[job.id] = threading.Event()
            self._ended[job.id] = ended
        self._waiting.put((job.id, work))
        return job

    def get(self, job: str) -> BackgroundJob:
        """Raises NotFound."""
        with self._lock:
            found = self._jobs.get(job)
        if found is None:
            raise NotFound("there is no such job; jobs are forgotten when the server restarts")
        return found

    def all(self) -> tuple[BackgroundJob, ...]:
        """Latest first."""
        with self._lock:
            return tuple(reversed(self._jobs.values()))

    def cancel(self, job: str) -> BackgroundJob:
        """Let a job end after its present step; what it has done stays. Raises as `get`."""
        with self._lock:
            stop = self._stops.get(job)
            if stop is not None:
                stop.set()
        return self.get(job)

    def close(self, timeout_s: float) -> bool:
        """End the thread. False if a job is still in a step after `timeout_s`."""
        with self._lock:
            for stop in self._stops.values():
                stop.set()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (taken := self._waiting.get()) is not None:
            self._do(*taken)

    def _do(self, job: str, work: Work) -> None:
        stop = self._stops[job]
        if stop.is_set():
            self._end(job, JobState.CANCELLED)
            return
        self._change(job, state=JobState.RUNNING)
        try:
            result = work(lambda done, total: self._change(job, done=done, total=total), stop)
        except (ServerError, FacesError) as error:
            self._end(job, JobState.FAILED, error=str(error))
        except Exception:
            # one job must not end those that wait; nothing is swallowed unlogged
            log.exception("the job %s failed", job)
            self._end(job, JobState.FAILED, error="the server failed; its log says why")
        else:
            self._end(job, JobState.DONE, result=result)

    def _end(self, job: str, state: JobState, **changes: Any) -> None:
        with self._lock:
            # a cancellation either finds the job ended or makes it end as cancelled
            if self._stops.pop(job).is_set() and state is JobState.DONE:
                state = JobState.CANCELLED
            ended = self._ended.pop(job)
            self._jobs[job] = done = replace(
                self._jobs[job], state=state, ended_at=time.time(), **changes
            )
        ended(done)
        self._tell(_EVENTS[state], done)

    def _change(self, job: str, **changes: Any) -> None:
        with self._lock:
            self._jobs[job] = changed = replace(self._jobs[job], **changes)
        now_s = self._clock()
        if now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            self._tell(EventType.JOB_PROGRESS, changed)

    def _tell(self, kind: EventType, job: BackgroundJob) -> None:
        detail = {
            "job": {
                "id": job.id,
                "kind": job.kind,
                "state": job.state.value,
                "done": job.done,
                "total": job.total,
                "error": job.error,
                "right": job.right,
            }
        }
        event = Event(new_id(), kind, time.time(), detail=detail, subject=job.id)
        try:
            self._publish(event)
        except StorageError as error:
            # the job itself goes on; whoever asks for it sees the same
            log.warning("the event of a job could not be written: %s", error)
