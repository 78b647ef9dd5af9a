"""The way of a batch of frames: decode, detect, track, encode, decide, annotate.

No I/O, no clock but the stop watch, no thread of its own: bytes go in, outcomes come out. Frames
of several cameras go through together; what their detector searches, and the faces of all of them
that are encoded, share its calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from lookout.faces.decision.decide import Decision, Rule
from lookout.faces.decision.negatives import Negatives
from lookout.faces.detections import Detections, Image
from lookout.faces.errors import BadImage
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.faces.tracking.follower import LONGEST_S, Follower, FrameQuery
from lookout.faces.tracking.tracker import Track, Tracker
from lookout.overlay.draw import draw_faces
from lookout.server.imaging.jpeg import decode_bgr, encode_jpeg
from lookout.server.inference.stage_timer import StageTimer
from lookout.server.live.decision_cache import DecisionCache
from lookout.server.live.frame_job import Answer, FrameJob, Outcome, Source
from lookout.wire.records import Face, FaceState, Overlay, Refusal, Result
from lookout.wire.refusals import Code

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class _Picture:
    job: FrameJob
    image_bgr: Image


@dataclass(frozen=True, slots=True)
class _CameraState:
    """What is remembered of a camera between its frames."""

    tracker: Tracker
    deciding: DecisionCache


class Observer(Protocol):
    """Is told who was seen, in the recognition thread: must be quick, and must not raise."""

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        """One frame with the tracks that are in it (those held for a moment, too), and the decision
        about each. The picture is drawn on afterwards: what is wanted of it has to be copied."""

    def forget(self, source: Source) -> None:
        """The camera has gone, and its tracks with it."""


class Pipeline:
    """Recognises batches of frames. Called from one thread at a time."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        gallery: Callable[[], Gallery],
        rule: Rule,
        *,
        negatives: Callable[[], Negatives] | None = None,
        hands: Executor | None = None,
        observers: Sequence[Observer] = (),
        longest_s: float = LONGEST_S,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """negatives: what faces are not, by now. hands: threads that decode and draw several
        pictures at once, for OpenCV lets go of Python's lock; they stay their owner's. longest_s:
        how long at most the frames of a camera go without a search in full; with 0 every frame is
        searched in full. turn: keeps the engines to these frames from the first search to the last
        encoding, where others use them, too (`server.inference.batching`).
        """
        self._observers = tuple(observers)
        self._follower = Follower(detector, longest_s=longest_s)
        self._encoder = encoder
        self._gallery = gallery
        self._rule = rule
        self._negatives = negatives
        self._hands = hands
        self._turn = turn
        self._cameras: dict[Source, _CameraState] = {}

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        """One outcome for each job, in order: an Answer, or a Refusal if its picture is bad."""
        watch = StageTimer()
        decoded = self._map(_decode, jobs)
        pictures = [picture for picture in decoded if isinstance(picture, _Picture)]
        watch.lap("decode")
        with self._turn():
            watch.lap("wait")
            found = self._detect(pictures)
            watch.lap("detect")
            tracks = [self._track(*seen) for seen in zip(pictures, found, strict=True)]
            watch.lap("track")
            tracks = self._encode(pictures, found, tracks)
            watch.lap("encode")
        faces = [self._decide(*seen) for seen in zip(pictures, tracks, strict=True)]
        watch.lap("decide")
        jpegs = self._map(_annotate, pictures, faces)
        watch.lap("annotate")
        answers = (
            _answer(picture.job, of_frame, jpeg, watch.laps_ms)
            for picture, of_frame, jpeg in zip(pictures, faces, jpegs, strict=True)
        )
        return [part if isinstance(part, Refusal) else next(answers) for part in decoded]

    def forget(self, source: Source) -> None:
        """The camera has gone, and its tracks with it."""
        self._cameras.pop(source, None)
        self._follower.forget(source)
        for observer in self._observers:
            observer.forget(source)

    def _map(self, work: Callable[..., _Done], *each: Sequence[Any]) -> list[_Done]:
        if self._hands is None or len(each[0]) < 2:
            return list(map(work, *each))
        return list(self._hands.map(work, *each))

    def _detect(self, pictures: Sequence[_Picture]) -> list[Detections]:
        looks = []
        for picture in pictures:
            source, now_s = picture.job.source, picture.job.arrived_s
            expected = self._camera(source).tracker.predict(now_s)
            looks.append(FrameQuery(source, picture.image_bgr, now_s, tuple(expected.values())))
        return self._follower.find(looks)

    def _track(self, picture: _Picture, detections: Detections) -> list[Track]:
        tracker = self._camera(picture.job.source).tracker
        return tracker.update(detections, picture.image_bgr, picture.job.arrived_s)

    def _encode(
        self,
        pictures: Sequence[_Picture],
        found: Sequence[Detections],
        tracks: Sequence[list[Track]],
    ) -> list[list[Track]]:
        """The tracks again, those whose faces were worth an encoding with what it taught them."""
        chips: list[Chip] = []
        places: list[tuple[int, int]] = []
        for frame, (picture, detections) in enumerate(zip(pictures, found, strict=True)):
            now_s = picture.job.arrived_s
            wanted = [i for i, track in enumerate(tracks[frame]) if track.wants_encoding(now_s)]
            if wanted:
                chosen = detections.take(np.array(wanted, np.intp))
                chips += self._encoder.align(picture.image_bgr, chosen)
                places += [(frame, face) for face in wanted]
        learned = [list(of_frame) for of_frame in tracks]
        for (frame, face), encoding in zip(places, self._encoder.encode(chips), strict=True):
            job, track = pictures[frame].job, tracks[frame][face]
            tracker = self._camera(job.source).tracker
            learned[frame][face] = tracker.learn(track, encoding, track.weight, job.arrived_s)
        return learned

    def _decide(self, picture: _Picture, tracks: Sequence[Track]) -> tuple[Face, ...]:
        """Who is in the frame: the faces that were found and those that are still there."""
        camera = self._camera(picture.job.source)
        shown = [*tracks, *camera.tracker.held(picture.image_bgr, picture.job.arrived_s)]
        negatives = None if self._negatives is None else self._negatives()
        decisions = camera.deciding.decide(shown, self._gallery(), negatives)
        for observer in self._observers:
            observer.saw(picture.job, picture.image_bgr, shown, decisions)
        return tuple(map(_face, shown, decisions))

    def _camera(self, source: Source) -> _CameraState:
        if source not in self._cameras:
            tracker = Tracker(self._encoder.tolerance)
            self._cameras[source] = _CameraState(tracker, DecisionCache(self._rule))
        return self._cameras[source]


def _decode(job: FrameJob) -> _Picture | Refusal:
    try:
        return _Picture(job, decode_bgr(job.jpeg))
    except BadImage as error:
        return Refusal(Code.BAD_PICTURE, str(error), number=job.info.number)


def _face(track: Track, decision: Decision) -> Face:
    x0, y0, x1, y1 = (float(edge) for edge in track.box_xyxy)
    return Face(
        box_xyxy=(x0, y0, x1, y1),
        state=FaceState(decision.state.value),
        name=decision.name,
        distance=decision.distance,
        track=track.id,
        ignored=decision.ignored,
    )


def _annotate(picture: _Picture, faces: Sequence[Face]) -> bytes:
    if picture.job.info.overlay is Overlay.EDGE:
        return b""
    draw_faces(picture.image_bgr, faces)
    return encode_jpeg(picture.image_bgr)


def _answer(
    job: FrameJob, faces: tuple[Face, ...], jpeg: bytes, timings_ms: Mapping[str, float]
) -> Answer:
    info = job.info
    return Answer(Result(info.camera, info.number, info.captured_at, faces, timings_ms), jpeg)
