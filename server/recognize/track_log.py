"""The log of the tracks of one footage, each from its first frame to its last."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.decision.decide import Decision, Probe
from lookout.faces.detections import Floats, Image
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import LIFE_S, Track
from lookout.server.imaging.crop import crop_jpeg
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.track_accumulator import (
    AccumulatedTrack,
    Observation,
    TrackAccumulator,
    observations_of,
)

MAX_VIEWS = 24
"""So many encoded views of a face, the best of them, decide at its end who it was."""
TYPICAL = 0.2
"""The best shot is a good view that is like the others: one this far from their middle, in the
encoder's distance, counts a third. Two views of one face differ by 0.1 to 0.4."""
ENOUGH_VIEWS = 4
MAX_TRACKS = 5_000
"""Of one footage; later ones are left out, and the result says so."""

Box = tuple[float, float, float, float]
Keep = Callable[[bytes], str]
"""Keeps the image of a face, a JPEG, and returns how results refer to it."""
Decide = Callable[[Sequence[Probe]], Decision]


@dataclass(frozen=True, slots=True)
class BestShot:
    """The best view of a face: its time, box (pixels of the frame), quality and image.

    among: the number of views that it is the best of.
    """

    time_s: float
    box_xyxy: Box
    view: FaceView
    crop: str
    among: int = 1

    @property
    def rank(self) -> float:
        """The rank among several shots of one person: a good view comes first, and one of many
        before the only one of its track."""
        return self.view.weight * min(self.among, ENOUGH_VIEWS)


@dataclass(frozen=True, slots=True, eq=False)
class TrackSeen:
    """One face over time, as of its end.

    observations: the number of recognized frames that show it.
    decision:     who it was, from its best views.
    encoding:     (D,) float32, the weighted mean of their encodings.
    """

    id: int
    first_s: float
    last_s: float
    observations: int
    decision: Decision
    encoding: Floats
    shot: BestShot


class TrackLog:
    """A `server.live.pipeline.Observer` of one footage. One thread."""

    def __init__(self, decide: Decide, keep: Keep) -> None:
        self._decide = decide
        self._keep = keep
        self._tracks = TrackAccumulator(_best_views, ended_s=LIFE_S)
        self._seen: list[TrackSeen] = []
        self.left_out = 0

    @property
    def seen(self) -> tuple[TrackSeen, ...]:
        """The tracks that are over, by when they began."""
        return tuple(sorted(self._seen, key=lambda track: (track.first_s, track.id)))

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        """Collects one frame. Its own decisions do not matter: the whole track decides."""
        for observation in observations_of(job, image_bgr, tracks, decisions):
            self._tracks.add(observation)
        self._end(job.arrived_s)

    def forget(self, source: Source) -> None:  # noqa: ARG002 - there is only one
        """The footage is over."""
        self._end(math.inf)

    def _end(self, now_s: float) -> None:
        for track in self._tracks.take_ended(now_s):
            if len(self._seen) < MAX_TRACKS:
                self._seen.append(_track_seen(track, self._decide, self._keep))
            else:
                self.left_out += 1


@dataclass(frozen=True, slots=True, eq=False)
class _EncodedView:
    """A view of the face that was encoded."""

    probe: Probe
    view: FaceView
    box_xyxy: Box
    crop: bytes


_BestViews = tuple[_EncodedView, ...]
"""At most MAX_VIEWS, the best first."""


def _best_views(before: _BestViews | None, observation: Observation) -> _BestViews:
    views, track = before or (), observation.track
    if not track.probes or track.probes[-1].time_s < track.seen_s:
        return views  # this frame was not encoded
    x0, y0, x1, y1 = (float(edge) for edge in track.box_xyxy)
    crop = crop_jpeg(observation.image_bgr, track.box_xyxy)
    view = _EncodedView(track.probes[-1], track.view, (x0, y0, x1, y1), crop)
    return tuple(sorted((*views, view), key=lambda view: -view.probe.weight)[:MAX_VIEWS])


def _track_seen(track: AccumulatedTrack[_BestViews], decide: Decide, keep: Keep) -> TrackSeen:
    views = track.kept
    probes = [view.probe for view in views]
    weights = np.array([probe.weight for probe in probes], np.float32)
    encodings = np.stack([probe.encoding for probe in probes])
    typical = np.asarray(np.average(encodings, axis=0, weights=weights), np.float32)
    # sharp edges make a hand before the face a good view; its encoding gives it away
    apart = np.linalg.norm(encodings - typical, axis=1)
    best = views[int(np.argmax(weights * np.exp(-((apart / TYPICAL) ** 2))))]
    return TrackSeen(
        id=track.key[1],
        first_s=track.first_s,
        last_s=track.last_s,
        observations=track.observations,
        decision=decide(probes),
        encoding=typical,
        shot=BestShot(best.probe.time_s, best.box_xyxy, best.view, keep(best.crop), len(views)),
    )
