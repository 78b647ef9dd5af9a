"""The recognition of one footage: frames through the pipeline, tracks into a timeline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from lookout.faces.errors import BadImage
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.footage import Footage, VideoFrame
from lookout.server.recognize.timeline import Timeline, timeline_of
from lookout.server.recognize.track_log import Keep, TrackLog, TrackSeen
from lookout.server.sightings.unknown_clusters import max_distance
from lookout.wire.records import Face, FrameInfo, Overlay, Refusal

JPEG_QUALITY = 95
"""The pipeline takes what cameras send; at 95 an encoding moves by less than between neighbours."""

Progress = Callable[[float, float | None], None]
"""Takes the seconds of the footage that are done, and their total where it is known."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoSeen:
    """The result of one footage.

    size_wh:      of the recognized frames; boxes are in their pixels.
    seconds:      the length of what was seen; observations: the number of recognized frames.
    took_s:       the time that it took.
    stopped:      whether it was stopped before the end.
    notes:        remarks on damage and omissions.
    """

    name: str
    size_wh: tuple[int, int]
    seconds: float
    observations: int
    looks_per_s: float
    took_s: float
    tracks: tuple[TrackSeen, ...]
    timeline: Timeline
    stopped: bool = False
    notes: tuple[str, ...] = ()


def recognize_footage(
    footage: Footage,
    recognition: RecognitionContext,
    keep: Keep,
    copy: AnnotatedCopy | None,
    progress: Progress,
    stop: threading.Event,
) -> VideoSeen:
    """Recognizes the footage to its end, or until `stop` is set; what was seen until then counts.

    keep: keeps the best view of each track. copy: takes every frame and is left unfinished.
    Raises RecognizeError where nothing can be read, ServerError and FacesError from below.
    """
    began_s = time.monotonic()
    run = _FootagePipeline(footage, recognition, keep)
    for frame in footage.frames(stop):
        if frame.chosen:
            faces = run.recognize(frame)
            progress(frame.time_s, footage.duration_s)
            if copy is not None:
                copy.recognized(frame, faces)
        elif copy is not None:
            copy.skipped(frame)
    tracks = run.end()
    near = max_distance(recognition.rule, len(tracks))
    apart_s = 1.5 / footage.looks_per_s
    return VideoSeen(
        name=footage.name,
        size_wh=run.size_wh,
        seconds=run.last_s,
        observations=run.observations,
        looks_per_s=footage.looks_per_s,
        took_s=time.monotonic() - began_s,
        tracks=tracks,
        timeline=timeline_of(tracks, near=near, apart_s=apart_s),
        stopped=stop.is_set(),
        notes=tuple(filter(None, (footage.note, run.note, copy.note if copy else ""))),
    )


class _FootagePipeline:
    """A pipeline for one footage, by the footage's own clock."""

    def __init__(self, footage: Footage, recognition: RecognitionContext, keep: Keep) -> None:
        self.observations = 0
        self.last_s = 0.0
        self.size_wh = (0, 0)
        self._source = Source(0, footage.name)
        self._log = TrackLog(recognition.decide, keep)
        self._pipeline = Pipeline(
            recognition,
            observers=(self._log,),
            longest_s=0.0,  # every frame in full: the result must not depend on the machine
        )

    def recognize(self, frame: VideoFrame) -> tuple[Face, ...]:
        self.observations += 1
        self.last_s = frame.time_s
        self.size_wh = (frame.image_bgr.shape[1], frame.image_bgr.shape[0])
        info = FrameInfo(self._source.camera, self.observations, frame.time_s, Overlay.EDGE)
        jpeg = encode_jpeg(frame.image_bgr, JPEG_QUALITY)
        (outcome,) = self._pipeline.run([FrameJob(self._source, info, jpeg, frame.time_s)])
        if isinstance(outcome, Refusal):
            raise BadImage(outcome.message)
        return outcome.result.faces

    @property
    def note(self) -> str:
        left_out = self._log.left_out
        return f"{left_out} faces were left out: it shows too many" if left_out else ""

    def end(self) -> tuple[TrackSeen, ...]:
        self._pipeline.forget(self._source)
        return self._log.seen
