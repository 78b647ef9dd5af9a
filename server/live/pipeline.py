"""The way of a batch of frames: decode, detect, track, encode, look, decide, annotate.

No I/O, no clock but the stage timer, no thread of its own: bytes go in, outcomes come out. Frames
of several cameras go through together and share the calls of the detector and of the encoder.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from lookout.faces.decision.decide import Decision
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.errors import BadImage
from lookout.faces.liveness.gesture import Gesture, gesture_in
from lookout.faces.protocols import Chip
from lookout.faces.tracking.follower import LONGEST_S, Follower, FrameQuery
from lookout.faces.tracking.tracker import Track, Tracker
from lookout.overlay.draw import draw_faces
from lookout.server.imaging.jpeg import decode_bgr, encode_jpeg
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.inference.stage_timer import StageTimer
from lookout.server.live.camera_challenge import CameraChallenge
from lookout.server.live.closer_look import CloseUp, closer_look_due, closer_looks
from lookout.server.live.decision_cache import DecisionCache
from lookout.server.live.frame_job import Answer, FrameJob, Outcome, Source
from lookout.server.live.track_liveness import CameraLiveness
from lookout.server.live.upright_watch import UprightWatch
from lookout.wire.records import Face, FaceState, Liveness, Overlay, Refusal, Result
from lookout.wire.refusals import Code

MAX_FACES = 200
"""Of a frame, the largest: as many as are drawn. More are a pattern, and a crowd is counted so far
without holding other cameras up."""

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class _Picture:
    job: FrameJob
    image_bgr: Image


@dataclass(frozen=True, slots=True)
class _CameraState:
    """The state of a camera between its frames."""

    tracker: Tracker
    decisions: DecisionCache
    liveness: CameraLiveness


class Observer(Protocol):
    """Sees every recognized frame, in the recognition thread: must be quick, must not raise."""

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        """Takes one frame, its tracks (also those that are only held for a moment) and the decision
        about each. The image is drawn on afterwards: copy what is wanted of it."""

    def forget(self, source: Source) -> None:
        """The camera has disconnected, and its tracks are over."""


class Pipeline:
    """Recognizes batches of frames. Called from one thread at a time."""

    def __init__(
        self,
        recognition: RecognitionContext,
        *,
        executor: Executor | None = None,
        observers: Sequence[Observer] = (),
        longest_s: float = LONGEST_S,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
        chance: random.Random | None = None,
    ) -> None:
        """executor: threads that decode and draw several images at once, which pays because OpenCV
        releases Python's lock; the caller shuts it down. longest_s: the longest time that a camera
        goes without a search of the whole frame; with 0 every frame is searched in full. turn:
        reserves the engines for these frames from the first search to the last encoding, where
        others use them as well (`server.inference.batching`). chance: of what faces are asked to
        do; the system's own but in tests.
        """
        self._observers = tuple(observers)
        self._recognition = recognition
        self._follower = Follower(recognition.detector, longest_s=longest_s)
        self._encoder = recognition.encoder
        self._executor = executor
        self._turn = turn
        self._chance = chance
        self._cameras: dict[Source, _CameraState] = {}
        self._upright = UprightWatch(recognition.detector)

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        """One outcome for each job, in order: an Answer, or a Refusal if its picture is bad."""
        timer = StageTimer()
        decoded = self._map(_decode, jobs)
        pictures = [picture for picture in decoded if isinstance(picture, _Picture)]
        timer.lap("decode")
        with self._turn():
            timer.lap("wait")
            found = self._detect(pictures)
            timer.lap("detect")
            tracks = [self._track(*seen) for seen in zip(pictures, found, strict=True)]
            timer.lap("track")
            tracks = self._encode(pictures, found, tracks)
            timer.lap("encode")
        if self._recognition.liveness.looks:
            self._look(pictures, tracks)
            timer.lap("liveness")
        faces = [self._decide(*seen) for seen in zip(pictures, found, tracks, strict=True)]
        timer.lap("decide")
        jpegs = self._map(_annotate, list(zip(pictures, faces, strict=True)))
        timer.lap("annotate")
        answers = (
            self._answer(picture.job, of_frame, jpeg, timer.laps_ms)
            for picture, of_frame, jpeg in zip(pictures, faces, jpegs, strict=True)
        )
        return [part if isinstance(part, Refusal) else next(answers) for part in decoded]

    def forget(self, source: Source) -> None:
        """The camera has gone, and its tracks with it."""
        self._cameras.pop(source, None)
        self._follower.forget(source)
        self._upright.forget(source)
        for observer in self._observers:
            observer.forget(source)

    def _map(self, work: Callable[[_Item], _Done], items: Sequence[_Item]) -> list[_Done]:
        if self._executor is None or len(items) < 2:
            return list(map(work, items))
        return list(self._executor.map(work, items))

    def _detect(self, pictures: Sequence[_Picture]) -> list[Detections]:
        queries = []
        for picture in pictures:
            source, now_s = picture.job.source, picture.job.arrived_s
            expected = self._camera(source).tracker.predict(now_s)
            queries.append(FrameQuery(source, picture.image_bgr, now_s, tuple(expected.values())))
        found = self._follower.find(queries)
        for picture, detections in zip(pictures, found, strict=True):
            job = picture.job
            self._upright.saw(job.source, picture.image_bgr, detections, job.arrived_s)
        return [detections.largest(MAX_FACES) for detections in found]

    def _track(self, picture: _Picture, detections: Detections) -> list[Track]:
        tracker = self._camera(picture.job.source).tracker
        tracks = tracker.update(detections, picture.image_bgr, picture.job.arrived_s)
        self._camera(picture.job.source).liveness.doubt(tracks)
        return tracks

    def _encode(
        self,
        pictures: Sequence[_Picture],
        found: Sequence[Detections],
        tracks: Sequence[list[Track]],
    ) -> list[list[Track]]:
        """The tracks, with the new encodings of those whose faces were worth one."""
        chips: list[Chip] = []
        places: list[tuple[int, int, float]] = []
        for frame, (picture, detections) in enumerate(zip(pictures, found, strict=True)):
            now_s = picture.job.arrived_s
            due = [track.wants_encoding(now_s) for track in tracks[frame]]
            wanted = [
                face
                for face, track in enumerate(tracks[frame])
                if due[face] or closer_look_due(track, picture.job, picture.image_bgr)
            ]
            looks = self._closer(picture, [tracks[frame][face].box_xyxy for face in wanted])
            far = [f for f, look in zip(wanted, looks, strict=True) if look is None and due[f]]
            if far:
                chosen = detections.take(np.array(far, np.intp))
                chips += self._encoder.align(picture.image_bgr, chosen)
                places += [(frame, face, tracks[frame][face].weight) for face in far]
            for face, look in zip(wanted, looks, strict=True):
                if look is not None:
                    chips += self._encoder.align(look.image_bgr, look.face)
                    places.append((frame, face, look.weight))
        learned = [list(of_frame) for of_frame in tracks]
        for (frame, face, weight), encoding in zip(
            places, self._encoder.encode(chips), strict=True
        ):
            job, track = pictures[frame].job, tracks[frame][face]
            tracker = self._camera(job.source).tracker
            learned[frame][face] = tracker.learn(track, encoding, weight, job.arrived_s)
        return learned

    def _closer(self, picture: _Picture, boxes_xyxy: Sequence[Floats]) -> Sequence[CloseUp | None]:
        """The small faces among these in the larger picture of the moment, where there is one."""
        close_up_bgr = picture.job.close_up_bgr
        if close_up_bgr is None or not boxes_xyxy:
            return [None] * len(boxes_xyxy)
        return closer_looks(self._recognition.detector, picture.image_bgr, close_up_bgr, boxes_xyxy)

    def _look(self, pictures: Sequence[_Picture], tracks: Sequence[list[Track]]) -> None:
        """Looks whether faces are live, at each a few times."""
        for picture, of_frame in zip(pictures, tracks, strict=True):
            job = picture.job
            self._camera(job.source).liveness.see(of_frame, picture.image_bgr, job.arrived_s)

    def _decide(
        self, picture: _Picture, found: Detections, tracks: Sequence[Track]
    ) -> tuple[Face, ...]:
        """Names the faces of the frame: those that were found and those that are held."""
        job, image_bgr = picture.job, picture.image_bgr
        camera = self._camera(job.source)
        shown = [*tracks, *camera.tracker.held(image_bgr, job.arrived_s)]
        gallery, negatives = self._recognition.gallery(), self._recognition.negatives()
        named = camera.decisions.decide(shown, gallery, negatives)
        decisions = camera.liveness.decided(
            image_bgr, found, shown, named, job.arrived_s, wanted=job.info.challenge
        )
        for observer in self._observers:
            observer.saw(job, image_bgr, shown, decisions)
        return tuple(map(_face, shown, decisions))

    def _answer(
        self,
        job: FrameJob,
        faces: tuple[Face, ...],
        jpeg: bytes,
        timings_ms: Mapping[str, float],
    ) -> Answer:
        info = job.info
        asked = self._camera(job.source).liveness.told(job.arrived_s)
        result = Result(
            info.camera, info.number, info.captured_at, faces, timings_ms, challenge=asked
        )
        return Answer(result, jpeg)

    def _gesture(self, image_bgr: Image, face: Detections, time_s: float) -> Gesture | None:
        return gesture_in(self._recognition.landmarks(), image_bgr, face, time_s)

    def _camera(self, source: Source) -> _CameraState:
        if source not in self._cameras:
            recognition = self._recognition
            challenge = CameraChallenge(
                self._gesture, recognition.proofs, self._encoder.tolerance, self._chance
            )
            self._cameras[source] = _CameraState(
                Tracker(self._encoder.tolerance),
                DecisionCache(recognition.rule),
                CameraLiveness(recognition.liveness, source.camera, challenge),
            )
        return self._cameras[source]


def _decode(job: FrameJob) -> _Picture | Refusal:
    if job.image_bgr is not None:
        return _Picture(job, job.image_bgr)
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
        liveness=None if decision.liveness is None else Liveness(decision.liveness.state.value),
    )


def _annotate(decided: tuple[_Picture, Sequence[Face]]) -> bytes:
    picture, faces = decided
    if picture.job.info.overlay is Overlay.EDGE:
        return b""
    draw_faces(picture.image_bgr, faces)
    return encode_jpeg(picture.image_bgr)
