"""One face before one camera, as far as it has been seen: what a sighting is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lookout.faces.decision.decide import Decision, Probe, State
from lookout.faces.detections import Image
from lookout.faces.tracking.tracker import Track
from lookout.server.imaging.crop import crop_face, crop_to_jpeg

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

    looks:    how many frames have shown it.
    decision: the latest that said something: "unsure" takes back neither a name nor "unknown".
    probes:   the encodings that speak for who it is; at least one.
    best:     the one of the clearest view so far.
    shot:     the clearest view so far.
    """

    camera: str
    first_s: float
    last_s: float
    looks: int
    decision: Decision
    probes: tuple[Probe, ...]
    best: Probe
    shot: FaceShot


def first_summary(
    camera: str, track: Track, decision: Decision, image_bgr: Image, first_s: float, now_s: float
) -> TrackSummary:
    """What the first frame tells of a track that has probes."""
    return TrackSummary(
        camera=camera,
        first_s=first_s,
        last_s=now_s,
        looks=1,
        decision=decision,
        probes=track.probes,
        best=clearest(track.probes),
        shot=shot_of(image_bgr, track),
    )


def next_summary(
    before: TrackSummary, track: Track, decision: Decision, image_bgr: Image, now_s: float
) -> TrackSummary:
    """What is known once another frame has shown the same track."""
    says_more = decision.state is not State.UNSURE or before.decision.state is State.UNSURE
    better = track.weight > BETTER * before.shot.weight
    return replace(
        before,
        last_s=now_s,
        looks=before.looks + 1,
        decision=decision if says_more else before.decision,
        probes=track.probes,
        best=before.best
        if track.probes is before.probes
        else clearest((before.best, *track.probes)),
        shot=shot_of(image_bgr, track) if better else before.shot,
    )


def clearest(probes: tuple[Probe, ...]) -> Probe:
    """The one with the most weight; of equals, the first."""
    return max(probes, key=lambda probe: probe.weight)


def shot_of(image_bgr: Image, track: Track) -> FaceShot:
    """A copy of the face with its margin: the picture itself is drawn on afterwards."""
    return FaceShot(crop_face(image_bgr, track.box_xyxy).copy(), track.weight)
