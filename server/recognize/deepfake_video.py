"""Footage looked at for signs of made faces: what each face shows over time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lookout.faces.deepfake.face_parts import parts_of
from lookout.faces.deepfake.over_track import drift_cue, tremble_cue
from lookout.faces.deepfake.seam import seam_cue
from lookout.faces.deepfake.signs import LEAST_PX, Cue, DeepfakeVerdict, NotLookedAt, verdict_on
from lookout.faces.detections import Floats, Image
from lookout.faces.tracking.tracker import Tracker
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.recognize.footage import Footage
from lookout.server.recognize.video import Progress

MOST_LOOKS = 240
"""Of one face; half a minute at 8 a second."""
MOST_FACES = 8
"""Of one frame, the largest."""
MOST_TRACKS = 50
METADATA = NotLookedAt("metadata", "Of a video only its frames are looked at.")

ModelCue = Callable[[Image, Floats], Cue]


@dataclass(frozen=True, slots=True, eq=False)
class TrackSigns:
    """One face over time. first_s, last_s: seconds of the footage."""

    first_s: float
    last_s: float
    looks: int
    verdict: DeepfakeVerdict


@dataclass(slots=True)
class _Looks:
    """What was seen of one track so far."""

    first_s: float
    last_s: float = 0.0
    encodings: list[Floats] = field(default_factory=list)
    points: list[Floats] = field(default_factory=list)
    seams: list[Cue] = field(default_factory=list)
    models: list[Cue] = field(default_factory=list)


def signs_in_footage(
    footage: Footage,
    recognition: RecognitionContext,
    model_cue: ModelCue | None,
    missing: Sequence[NotLookedAt],
    progress: Progress,
    stop: threading.Event,
) -> list[TrackSigns]:
    """The signs of each face, in the order of appearance; faces under LEAST_PX are left out.

    `model_cue`: what a classifier says of a face in a frame, where there is one. Raises
    RecognizeError where nothing can be read, and FacesError from below.
    """
    run = _FootageSigns(recognition, model_cue)
    for frame in footage.frames(stop):
        if frame.chosen:
            run.look(frame.image_bgr, frame.time_s)
            progress(frame.time_s, footage.duration_s)
    return run.judged(missing)


def middle(cues: Sequence[Cue]) -> Cue | None:
    """The cue with the median score of several looks; None of none."""
    scored = sorted((cue for cue in cues if cue.score is not None), key=lambda cue: cue.score or 0)
    if scored:
        return scored[len(scored) // 2]
    return cues[0] if cues else None


class _FootageSigns:
    """The faces of one footage, by its own clock."""

    def __init__(self, recognition: RecognitionContext, model_cue: ModelCue | None) -> None:
        self._detector, self._encoder = recognition.detector, recognition.encoder
        self._landmarker = recognition.landmarks()
        self._model_cue = model_cue
        self._tracker = Tracker(recognition.encoder.tolerance)
        self._tracks: dict[int, _Looks] = {}

    def look(self, image_bgr: Image, time_s: float) -> None:
        found = self._detector.detect([image_bgr])[0].largest(MOST_FACES)
        seen = self._tracker.update(found, image_bgr, time_s)
        wide = np.flatnonzero(found.box_xyxy[:, 2] - found.box_xyxy[:, 0] >= LEAST_PX)
        if not len(wide):
            return
        faces = found.take(wide)
        encodings = self._encoder.encode(self._encoder.align(image_bgr, faces))
        points = self._landmarker.points(image_bgr, faces)
        for place, face in enumerate(wide.tolist()):
            looks = self._looks_of(seen[face].id, time_s)
            if looks is None:
                continue
            looks.encodings.append(encodings[place])
            looks.points.append(points[place])
            looks.seams.append(seam_cue(parts_of(image_bgr, points[place])))
            if self._model_cue is not None:
                looks.models.append(self._model_cue(image_bgr, faces.box_xyxy[place]))

    def judged(self, missing: Sequence[NotLookedAt]) -> list[TrackSigns]:
        tolerance = self._encoder.tolerance
        return [_judged(looks, tolerance, missing) for looks in self._tracks.values()]

    def _looks_of(self, track: int, time_s: float) -> _Looks | None:
        """Where the next look at a track goes; None if enough was seen of it, or of all."""
        if track not in self._tracks and len(self._tracks) >= MOST_TRACKS:
            return None
        looks = self._tracks.setdefault(track, _Looks(time_s))
        looks.last_s = time_s
        return looks if len(looks.points) < MOST_LOOKS else None


def _judged(looks: _Looks, tolerance: float, missing: Sequence[NotLookedAt]) -> TrackSigns:
    over_looks = [cue for cue in (middle(looks.seams), middle(looks.models)) if cue is not None]
    over_time = [
        drift_cue(np.stack(looks.encodings), tolerance),
        tremble_cue(np.stack(looks.points)),
    ]
    verdict = verdict_on([*over_looks, *over_time], missing)
    return TrackSigns(looks.first_s, looks.last_s, len(looks.points), verdict)
