"""Frames on their way: the job that goes in, the outcome that comes out, the queue between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lookout.faces.detections import Image
from lookout.wire.records import FrameInfo, Refusal, Result


@dataclass(frozen=True, slots=True)
class Source:
    """One camera of one connection. Each has a tracker of its own and one place in the queue."""

    session: int
    camera: str


@dataclass(frozen=True, slots=True, eq=False)
class FrameJob:
    """A frame to be recognized. `arrived_s` is this machine's monotonic clock.

    image_bgr: the picture, where it has been decoded already; `jpeg` is empty then.
    close_up_bgr: the same moment in more pixels, for the encoding of small faces.
    """

    source: Source
    info: FrameInfo
    jpeg: bytes
    arrived_s: float
    image_bgr: Image | None = None
    close_up_bgr: Image | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The faces of a frame. `jpeg` is the annotated image, empty where the edge draws itself."""

    result: Result
    jpeg: bytes = b""


Outcome = Answer | Refusal
Deliver = Callable[[Outcome], None]
"""Hands the outcome to the party that offered the job. Called from the recognition thread: must
neither block nor raise."""


class FrameQueue(Protocol):
    """The queue that sessions put frames into; `server.live.scheduler.Scheduler` in the end."""

    def offer(self, job: FrameJob, deliver: Deliver) -> None: ...

    def forget(self, source: Source) -> None: ...


def dropped(job: FrameJob) -> Answer:
    """The answer to a frame that a newer one of its camera has replaced."""
    info = job.info
    return Answer(Result(info.camera, info.number, info.captured_at, dropped=True))
