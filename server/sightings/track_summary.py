"""The summary of a track so far: the material of a sighting."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lookout.faces.decision.decide import Decision, Probe, State
from lookout.faces.detections import Image
from lookout.faces.liveness.verdict import LivenessVerdict
from lookout.faces.tracking.tracker import Track
from lookout.server.imaging.crop import crop_face, crop_to_jpeg
from lookout.server.live.track_accumulator import Observation

BoxShares = tuple[float, float, float, float]

BETTER = 1.1
"""A view replaces the best so far from this many times its weight: frames of a face that comes
nearer are each a little better than the last, and each would be copied."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceShot:
    """A face with a margin around it, (height, width, 3) uint8, and the weight of the view."""

    image_bgr: Image
    weight: float

    def jpeg(self) -> bytes:
        """The picture to keep."""
        return crop_to_jpeg(self.image_bgr)


@dataclass(frozen=True, slots=True, eq=False)
class TrackSummary:
    """A track so far. Times are Unix seconds.

    decision: the latest that decided something: "unsure" revokes neither a name nor "unknown".
    probes:   the encodings that identify it; at least one.
    best:     the probe of the clearest view so far.
    shot:     the clearest view so far.
    box_shares: the box (x1, y1, x2, y2) of the latest view, as shares of the picture.
    liveness: the latest verdict on whether the face is live, where somebody looks.
    areas:    the ids of those areas of the picture in which the box is when it is to be written.
    """

    camera: str
    first_s: float
    last_s: float
    decision: Decision
    probes: tuple[Probe, ...]
    best: Probe
    shot: FaceShot
    box_shares: BoxShares
    liveness: LivenessVerdict | None = None
    areas: frozenset[str] = frozenset()


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
        box_shares=box_shares_of(observation),
        liveness=observation.decision.liveness,
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
        box_shares=box_shares_of(observation),
        liveness=observation.decision.liveness or before.liveness,
    )


def clearest(probes: tuple[Probe, ...]) -> Probe:
    """The probe with the most weight; of equals, the first."""
    return max(probes, key=lambda probe: probe.weight)


def box_shares_of(observation: Observation) -> BoxShares:
    """The box of the face as shares of the picture's width and height, 0..1."""
    height, width = observation.image_bgr.shape[:2]
    x1, y1, x2, y2 = (float(edge) for edge in observation.track.box_xyxy)
    shares = (x1 / width, y1 / height, x2 / width, y2 / height)
    left, top, right, bottom = (round(min(1.0, max(0.0, share)), 4) for share in shares)
    return left, top, right, bottom


def shot_of(image_bgr: Image, track: Track) -> FaceShot:
    """A copy of the face with its margin: the frame itself is drawn on afterwards."""
    return FaceShot(crop_face(image_bgr, track.box_xyxy).copy(), track.weight)
