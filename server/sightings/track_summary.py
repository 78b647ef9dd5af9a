"""The summary of a track so far: the material of a sighting."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from lookout.faces.decision.decide import Decision, Probe, State
from lookout.faces.detections import Floats, Image
from lookout.faces.tracking.tracker import Track
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.live.track_accumulator import Observation

BETTER = 1.1
"""A view replaces the best so far from this many times its weight: frames of a face that comes
nearer are each a little better than the last, and each would be copied."""
MARGIN = 0.4
"""Of the face's size, on every side of it in the picture that is kept."""
MAX_SHOT_PX = 512
SHOT_QUALITY = 90


@dataclass(frozen=True, slots=True, eq=False)
class FaceShot:
    """A face with a margin around it, (height, width, 3) uint8, and the weight of the view."""

    image_bgr: Image
    weight: float

    def jpeg(self) -> bytes:
        """The picture to keep, at most MAX_SHOT_PX on its longer side."""
        height, width = self.image_bgr.shape[:2]
        scale = MAX_SHOT_PX / max(height, width)
        if scale >= 1.0:
            return encode_jpeg(self.image_bgr, SHOT_QUALITY)
        size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(self.image_bgr, size_wh, interpolation=cv2.INTER_AREA)
        return encode_jpeg(np.asarray(small, np.uint8), SHOT_QUALITY)


@dataclass(frozen=True, slots=True, eq=False)
class TrackSummary:
    """A track so far. Times are Unix seconds.

    decision: the latest that decided something: "unsure" revokes neither a name nor "unknown".
    probes:   the encodings that identify it; at least one.
    best:     the probe of the clearest view so far.
    shot:     the clearest view so far.
    """

    camera: str
    first_s: float
    last_s: float
    decision: Decision
    probes: tuple[Probe, ...]
    best: Probe
    shot: FaceShot


def first_summary(observation: Observation, first_s: float, now_s: float) -> TrackSummary:
    """The summary after the first observation of a track that has probes."""
    track = observation.track
    return TrackSummary(
        camera=observation.job.source.camera,
        first_s=first_s,
        last_s=now_s,
        decision=observation.decision,
        probes=track.probes,
        best=clearest(track.probes),
        shot=shot_of(observation.image_bgr, track),
    )


def next_summary(before: TrackSummary, observation: Observation, now_s: float) -> TrackSummary:
    """The summary after one more observation of the same track."""
    track, decision = observation.track, observation.decision
    says_more = decision.state is not State.UNSURE or before.decision.state is State.UNSURE
    better = track.weight > BETTER * before.shot.weight
    return replace(
        before,
        last_s=now_s,
        decision=decision if says_more else before.decision,
        probes=track.probes,
        best=before.best
        if track.probes is before.probes
        else clearest((before.best, *track.probes)),
        shot=shot_of(observation.image_bgr, track) if better else before.shot,
    )


def clearest(probes: tuple[Probe, ...]) -> Probe:
    """The probe with the most weight; of equals, the first."""
    return max(probes, key=lambda probe: probe.weight)


def shot_of(image_bgr: Image, track: Track) -> FaceShot:
    """A copy of the face with its margin: the frame itself is drawn on afterwards."""
    left, top, right, bottom = _with_margin(track.box_xyxy, image_bgr)
    return FaceShot(image_bgr[top:bottom, left:right].copy(), track.weight)


def _with_margin(box_xyxy: Floats, image_bgr: Image) -> tuple[int, int, int, int]:
    height, width = image_bgr.shape[:2]
    slack = MARGIN * (box_xyxy[2:] - box_xyxy[:2])
    outer = np.concatenate([box_xyxy[:2] - slack, box_xyxy[2:] + slack])
    left, top, right, bottom = np.clip(np.round(outer), 0, (width, height) * 2).astype(int)
    # a face at the very edge keeps a pixel, so that there is a picture to store
    left, top = min(left, width - 1), min(top, height - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)
