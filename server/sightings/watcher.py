"""The observer that collects, of each live track, what a sighting needs.

Every frame replaces what is known of a track, and the writer takes it away when it is due: a slow
disk makes the writer late and never makes recognition wait. At most MAX_TRACKS wait.

A name is due with the frame that decides it, and a face without one with the second frame that
shows it, as somebody who may still get a name: whoever is to be told is told at once. A name that
was written is taken back or replaced once a second at most, so that flicker makes no sightings.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lookout.faces.decision.decide import Decision, State
from lookout.faces.detections import Image
from lookout.faces.liveness.verdict import LivenessState
from lookout.faces.tracking.cadence import FIRST_VIEWS
from lookout.faces.tracking.tracker import LIFE_S, Track
from lookout.server.live import clock
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.track_accumulator import (
    AccumulatedTrack,
    Observation,
    TrackAccumulator,
    TrackKey,
    observations_of,
)
from lookout.server.sightings.track_summary import (
    BoxShares,
    TrackSummary,
    first_summary,
    next_summary,
)

MAX_TRACKS = 512
"""The shot of a large face takes half a megabyte."""
SETTLED_S = 1.0
"""A face that has no name after so long, or after its first three encodings, is an unknown one."""
CONFIRMED = 2
"""Frames that show a face without a name before it is written: one alone may be a false alarm."""
REFRESH_S = 10.0
"""A crash loses at most so much of a long sighting."""
MOVED_S = 0.5
"""A face on the edge of an area, or of being called live, would be written with every frame."""
ENDED_S = 2.0
"""A track that no frame has shown for so long is over; trackers themselves give up after 1 s."""


@dataclass(frozen=True, slots=True, eq=False)
class PendingWrite:
    """A track that is to be written. ended: it will not come again under this key. settled: a face
    without a name is an unknown one; until then it may still get one."""

    key: TrackKey
    summary: TrackSummary
    ended: bool
    settled: bool = True


@dataclass(frozen=True, slots=True)
class _Written:
    """The last writing of a track: its time by the monotonic clock, and the name, the areas of the
    picture, what was thought of its liveness, and whether it was settled at that time."""

    at_s: float
    name: str | None
    areas: frozenset[str]
    liveness: LivenessState | None
    settled: bool


class Watcher:
    """`server.live.pipeline.Observer`; `take` may be called from any thread."""

    def __init__(
        self,
        unix_s: Callable[[float], float] | None = None,
        areas: Callable[[str, BoxShares], frozenset[str]] = lambda _camera, _box: frozenset(),
    ) -> None:
        """unix_s: converts a time of the monotonic clock to Unix time. areas: those of a camera's
        picture in which a face is; a track that changes them is written at once."""
        self._unix_s = unix_s or clock.unix_s
        self._areas = areas
        self._lock = threading.Lock()
        self._tracks = TrackAccumulator(self._summary, ended_s=ENDED_S, max_tracks=MAX_TRACKS)
        self._written: dict[TrackKey, _Written] = {}
        self.news = threading.Event()
        """Set when something is due that is not to wait; cleared by whoever takes it."""

    @property
    def lost(self) -> int:
        """The number of observations, since the start, for which there was no room."""
        return self._tracks.lost

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        """Collects one frame. A track that is held or doubted shows nothing new: it is not certain
        that its face is in the image, or that it is the same face."""
        with self._lock:
            for observation in observations_of(job, image_bgr, tracks, decisions):
                if observation.track.probes:
                    self._tracks.add(observation)
                    added = self._tracks.get(observation.key)
                    if added is not None and self._is_news(added):
                        self.news.set()
            self._refute(job, {track.id for track in tracks})

    def forget(self, source: Source) -> None:
        """Nothing to do: tracks that no frame shows any more end by themselves."""

    def take(self, now_s: float, *, everything: bool = False) -> list[PendingWrite]:
        """The tracks that are to be written at `now_s` of the monotonic clock; with `everything`,
        because the server ends, all of them."""
        due = []
        with self._lock:
            tracks = list(self._tracks)
            ended = {
                track.key for track in self._tracks.take_ended(math.inf if everything else now_s)
            }
            for track in tracks:
                areas = self._areas_of(track.kept)
                if track.key in ended:
                    self._written.pop(track.key, None)
                elif self._is_due(track, areas, now_s):
                    self._written[track.key] = _Written(
                        now_s,
                        track.kept.decision.name,
                        areas,
                        _liveness_of(track.kept),
                        _is_settled(track.kept),
                    )
                else:
                    continue
                over = track.key in ended
                settled = over or _is_settled(track.kept)
                due.append(PendingWrite(track.key, replace(track.kept, areas=areas), over, settled))
        return due

    def _is_news(self, track: AccumulatedTrack[TrackSummary]) -> bool:
        """Whether it says who or that somebody is there, and nobody was told that yet."""
        written, name = self._written.get(track.key), track.kept.decision.name
        if written is None:
            return name is not None or track.observations >= CONFIRMED
        if written.name is not None:
            return False
        return name is not None or (not written.settled and _is_settled(track.kept))

    def _is_due(
        self, track: AccumulatedTrack[TrackSummary], areas: frozenset[str], now_s: float
    ) -> bool:
        written = self._written.get(track.key)
        if written is None or self._is_news(track):
            return self._is_news(track)
        since_s = now_s - written.at_s
        if since_s >= REFRESH_S:
            return True
        if track.kept.decision.name != written.name:
            return since_s >= SETTLED_S
        if since_s < MOVED_S:
            return False
        return areas != written.areas or _liveness_of(track.kept) is not written.liveness

    def _areas_of(self, summary: TrackSummary) -> frozenset[str]:
        return self._areas(summary.camera, summary.box_shares)

    def _refute(self, job: FrameJob, present: set[int]) -> None:
        """Drops what only the frame before has shown: a false alarm. Where frames come so seldom
        that each begins new tracks, one observation has to do."""
        for track in self._tracks:
            source, number = track.key
            once = source == job.source and track.observations == 1 and number not in present
            told = track.key in self._written
            if once and not told and job.arrived_s - track.last_s <= LIFE_S:
                self._tracks.drop(track.key)

    def _summary(self, before: TrackSummary | None, observation: Observation) -> TrackSummary:
        now_s = self._unix_s(observation.job.arrived_s)
        if before is not None:
            return next_summary(before, observation, now_s)
        first_s = min(self._unix_s(observation.track.born_s), now_s)
        return first_summary(observation, first_s, now_s)


def _is_settled(summary: TrackSummary) -> bool:
    """Whether a face that has no name gets none from its first views any more, or cannot get one
    because nobody is known."""
    decision = summary.decision
    nobody_known = decision.state is State.UNKNOWN and decision.nearest is None
    looked = len(summary.probes) >= FIRST_VIEWS or summary.last_s - summary.first_s >= SETTLED_S
    return nobody_known or looked or decision.name is not None


def _liveness_of(summary: TrackSummary) -> LivenessState | None:
    return None if summary.liveness is None else summary.liveness.state
