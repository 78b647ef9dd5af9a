"""Recognises one footage: its frames through the pipeline, its tracks into a timeline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from lookout.faces.errors import BadImage
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.engines import Engines
from lookout.server.recognize.footage import Footage, VideoFrame
from lookout.server.recognize.timeline import Timeline, timeline_of
from lookout.server.recognize.track_log import Keep, TrackLog, TrackSeen
from lookout.server.sightings.unknown_clusters import farthest
from lookout.wire.records import Face, FrameInfo, Overlay, Refusal

JPEG_QUALITY = 95
"""The pipeline takes what cameras send; at 95 an encoding moves by less than between neighbours."""

Progress = Callable[[float, float | None], None]
"""Is told how many seconds of the footage are done, and how many there are, where that is known."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoSeen:
    """What was found in one footage.

    size_wh:    of the frames that were looked at; boxes are in their pixels.
    seconds:    how much of it was seen; looks: in how many frames.
    took_s:     how long that took.
    stopped:    whether it was told to stop before the end.
    notes:      what was wrong with it, in words.
    """

    name: str
    size_wh: tuple[int, int]
    seconds: float
    looks: int
    looks_per_s: float
    took_s: float
    tracks: tuple[TrackSeen, ...]
    timeline: Timeline
    stopped: bool = False
    notes: tuple[str, ...] = ()


def recognise_video(
    footage: Footage,
    engines: Engines,
    keep: Keep,
    copy: AnnotatedCopy | None,
    progress: Progress,
    stop: threading.Event,
) -> VideoSeen:
    """Look at the footage until its end, or until `stop` is set; what was seen until then counts.

    keep: keeps the best view of each track. copy: is given every frame and left unfinished.
    Raises RecogniseError where nothing can be read, ServerError and FacesError from below.
    """
    began_s = time.monotonic()
    looker = _Looker(footage, engines, keep)
    for frame in footage.frames(stop):
        if frame.chosen:
            faces = looker.look(frame)
            progress(frame.time_s, footage.duration_s)
            if copy is not None:
                copy.looked(frame, faces)
        elif copy is not None:
            copy.skipped(frame)
    tracks = looker.end()
    apart_s = 1.5 / footage.looks_per_s
    return VideoSeen(
        name=footage.name,
        size_wh=looker.size_wh,
        seconds=looker.last_s,
        looks=looker.looks,
        looks_per_s=footage.looks_per_s,
        took_s=time.monotonic() - began_s,
        tracks=tracks,
        timeline=timeline_of(tracks, near=farthest(engines.rule, len(tracks)), apart_s=apart_s),
        stopped=stop.is_set(),
        notes=tuple(filter(None, (footage.note, looker.note, copy.note if copy else ""))),
    )


class _Looker:
    """A pipeline for one footage, by the footage's own clock."""

    def __init__(self, footage: Footage, engines: Engines, keep: Keep) -> None:
        self.looks = 0
        self.last_s = 0.0
        self.size_wh = (0, 0)
        self._source = Source(0, footage.name)
        negatives = engines.negatives
        self._log = TrackLog(engines.decide, keep)
        self._pipeline = Pipeline(
            engines.detector,
            engines.encoder,
            lambda: engines.gallery,
            engines.rule,
            negatives=None if negatives is None else lambda: negatives,
            observers=(self._log,),
            longest_s=0.0,  # each look in full: what is found must not depend on the machine
        )

    def look(self, frame: VideoFrame) -> tuple[Face, ...]:
        self.looks += 1
        self.last_s = frame.time_s
        self.size_wh = (frame.image_bgr.shape[1], frame.image_bgr.shape[0])
        info = FrameInfo(self._source.camera, self.looks, frame.time_s, Overlay.EDGE)
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
