"""What was seen of each face of one footage, from its first frame to its last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from faces.decide import Decision, Probe
from faces.detections import Floats, Image
from faces.quality import View
from faces.track import LIFE_S, Track
from server.jobs import Job, Source
from server.jpeg import encode_jpeg
from server.recognise.crops import cut_face

MAX_PROBES = 24
"""So many looks at a face, the best of them, decide at its end who it was."""
CLEARLY = 1.1
"""A view has to be so many times better than the best so far to take its place."""
MAX_TRACKS = 20_000

Box = tuple[float, float, float, float]
Keep = Callable[[bytes], str]
"""Keeps a face's picture, a JPEG, and returns how results refer to it."""
Decide = Callable[[Sequence[Probe]], Decision]


@dataclass(frozen=True, slots=True)
class Shot:
    """The best view of a face: when, where (pixels of the frame), how good, and its picture."""

    time_s: float
    box_xyxy: Box
    view: View
    crop: str


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
    shot: Shot


class TrackLog:
    """A `server.pipeline.Observer` of one footage. One thread."""

    def __init__(self, decide: Decide, keep: Keep) -> None:
        self._decide = decide
        self._keep = keep
        self._open: dict[int, _Growing] = {}
        self._seen: list[TrackSeen] = []

    @property
    def seen(self) -> tuple[TrackSeen, ...]:
        """The tracks that are over, by when they began."""
        return tuple(sorted(self._seen, key=lambda track: (track.first_s, track.id)))

    def saw(
        self,
        job: Job,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],  # noqa: ARG002 - of this frame; here the whole track counts
    ) -> None:
        now_s = job.arrived_s
        for track in tracks:
            if track.seen_s == now_s:  # the others are only held for a moment
                self._open.setdefault(track.id, _Growing(track.id, now_s)).add(track, image_bgr)
        for growing in [one for one in self._open.values() if now_s - one.last_s > LIFE_S]:
            self._end(growing)

    def forget(self, source: Source) -> None:  # noqa: ARG002 - there is only one
        """The footage is over."""
        for growing in list(self._open.values()):
            self._end(growing)

    def _end(self, growing: _Growing) -> None:
        del self._open[growing.id]
        if len(self._seen) < MAX_TRACKS:
            self._seen.append(growing.ended(self._decide, self._keep))


class _Growing:
    """What is known so far of a track that may go on."""

    def __init__(self, number: int, first_s: float) -> None:
        self.id = number
        self.last_s = first_s
        self._first_s = first_s
        self._looks = 0
        self._probes: list[Probe] = []
        self._newest_s = -1.0
        self._best: tuple[View, float, Box, bytes] | None = None

    def add(self, track: Track, image_bgr: Image) -> None:
        self.last_s = track.seen_s
        self._looks += 1
        new = [probe for probe in track.probes if probe.time_s > self._newest_s]
        if new:
            self._newest_s = new[-1].time_s
            self._probes = sorted([*self._probes, *new], key=lambda one: -one.weight)[:MAX_PROBES]
        if self._best is None or track.weight > CLEARLY * self._best[0].weight:
            x0, y0, x1, y1 = (float(edge) for edge in track.box_xyxy)
            crop = encode_jpeg(cut_face(image_bgr, track.box_xyxy), 92)
            self._best = (track.view, track.seen_s, (x0, y0, x1, y1), crop)

    def ended(self, decide: Decide, keep: Keep) -> TrackSeen:
        if self._best is None:
            raise ValueError("a track without a single look")
        view, at_s, box_xyxy, crop = self._best
        weights = np.array([probe.weight for probe in self._probes], np.float32)
        encodings = [probe.encoding for probe in self._probes]
        return TrackSeen(
            id=self.id,
            first_s=self._first_s,
            last_s=self.last_s,
            looks=self._looks,
            decision=decide(self._probes),
            encoding=(
                np.asarray(np.average(encodings, axis=0, weights=weights), np.float32)
                if encodings
                else np.zeros(0, np.float32)
            ),
            shot=Shot(at_s, box_xyxy, view, keep(crop)),
        )
