"""What goes into the pipeline and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lookout.wire.records import FrameInfo, Refusal, Result


@dataclass(frozen=True, slots=True)
class Source:
    """One camera of one connection: what has a tracker of its own and a place in the queue."""

    session: int
    camera: str


@dataclass(frozen=True, slots=True)
class FrameJob:
    """A frame to be recognised. `arrived_s` is this machine's monotonic clock."""

    source: Source
    info: FrameInfo
    jpeg: bytes
    arrived_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in a frame. `jpeg` is the annotated picture, empty where the edge draws."""

    result: Result
    jpeg: bytes = b""


Outcome = Answer | Refusal
Deliver = Callable[[Outcome], None]
"""Hands an outcome to whoever offered the job. Called from the recognition thread: must not block
and must not raise."""


def dropped(job: FrameJob) -> Answer:
    """The answer to a frame that a newer one of its camera has replaced."""
    info = job.info
    return Answer(Result(info.camera, info.number, info.captured_at, dropped=True))
