"""What was seen of each face of one footage, from its first frame to its last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.decision.decide import Decision, Probe
from lookout.faces.detections import Floats, Image
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import LIFE_S, Track
from lookout.server.imaging.crop import crop_jpeg
from lookout.server.live.frame_job import FrameJob, Source

MAX_LOOKS = 24
"""So many encoded looks at a face, the best of them, decide at its end who it was."""
TYPICAL = 0.2
"""The best shot is a good view that is like the others: one this far from their middle, in the
encoder's distance, counts a third. Two looks at one face differ by 0.1 to 0.4."""
ENOUGH_LOOKS = 4
MAX_TRACKS = 5_000
"""Of one footage; those that come later are left out, and the result says so."""

Box = tuple[float, float, float, float]
Keep = Callable[[bytes], str]
"""Keeps a face's picture, a JPEG, and returns how results refer to it."""
Decide = Callable[[Sequence[Probe]], Decision]


@dataclass(frozen=True, slots=True)
class BestShot:
    """The best view of a face: when, where (pixels of the frame), how good, and its picture.

    among: of how many looks it is the best.
    """

    time_s: float
    box_xyxy: Box
    view: FaceView
    crop: str
    among: int = 1

    @property
    def rank(self) -> float:
        """Which of several shots of one person to show: a good view, one of many before the only
        one that there was."""
        return self.view.weight * min(self.among, ENOUGH_LOOKS)


@dataclass(frozen=True, slots=True, eq=False)
class TrackSeen:
    """One face over time, as of its end.

    looks:    in how many of the frames that were looked at it was found.
    decision: who it was, from the best looks of all its time.
    encoding: (D,) float32, the weighted mean of these.
    """

    id: int
    first_s: float
    last_s: float
    looks: int
    decision: Decision
    encoding: Floats
    shot: BestShot


class TrackLog:
    """A `server.live.pipeline.Observer` of one footage. One thread."""

    def __init__(self, decide: Decide, keep: Keep) -> None:
        self._decide = decide
        self._keep = keep
        self._open: dict[int, _TrackBuilder] = {}
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
        decisions: Sequence[Decision],  # noqa: ARG002 - of this frame; here the whole track counts
    ) -> None:
        now_s = job.arrived_s
        for track in tracks:
            if track.seen_s == now_s:  # the others are only held for a moment
                self._open.setdefault(track.id, _TrackBuilder(track.id, now_s)).add(
                    track, image_bgr
                )
        for growing in [one for one in self._open.values() if now_s - one.last_s > LIFE_S]:
            self._end(growing)

    def forget(self, source: Source) -> None:  # noqa: ARG002 - there is only one
        """The footage is over."""
        for growing in list(self._open.values()):
            self._end(growing)

    def _end(self, growing: _TrackBuilder) -> None:
        del self._open[growing.id]
        if len(self._seen) < MAX_TRACKS:
            self._seen.append(growing.ended(self._decide, self._keep))
        else:
            self.left_out += 1


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A look that was encoded."""

    probe: Probe
    view: FaceView
    box_xyxy: Box
    crop: bytes


class _TrackBuilder:
    """What is known so far of a track that may go on."""

    def __init__(self, number: int, first_s: float) -> None:
        self.id = number
        self.last_s = first_s
        self._first_s = first_s
        self._count = 0
        self._looks: list[_Look] = []

    def add(self, track: Track, image_bgr: Image) -> None:
        self.last_s = track.seen_s
        self._count += 1
        if not track.probes or track.probes[-1].time_s < track.seen_s:
            return  # this look taught nothing new
        x0, y0, x1, y1 = (float(edge) for edge in track.box_xyxy)
        crop = crop_jpeg(image_bgr, track.box_xyxy)
        look = _Look(track.probes[-1], track.view, (x0, y0, x1, y1), crop)
        self._looks = sorted([*self._looks, look], key=lambda one: -one.probe.weight)[:MAX_LOOKS]

    def ended(self, decide: Decide, keep: Keep) -> TrackSeen:
        probes = [look.probe for look in self._looks]
        weights = np.array([probe.weight for probe in probes], np.float32)
        encodings = np.stack([probe.encoding for probe in probes])
        typical = np.asarray(np.average(encodings, axis=0, weights=weights), np.float32)
        # sharp edges make a hand before the face a good view; the encoding tells that it is none
        apart = np.linalg.norm(encodings - typical, axis=1)
        best = self._looks[int(np.argmax(weights * np.exp(-((apart / TYPICAL) ** 2))))]
        return TrackSeen(
            id=self.id,
            first_s=self._first_s,
            last_s=self.last_s,
            looks=self._count,
            decision=decide(probes),
            encoding=typical,
            shot=BestShot(
                best.probe.time_s, best.box_xyxy, best.view, keep(best.crop), len(self._looks)
            ),
        )
