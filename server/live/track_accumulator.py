"""The accumulation of tracks: what frames show of each, from its first frame to its last.

Live sightings and recognized videos both need it, and differ only in what they keep of a track.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lookout.faces.decision.decide import Decision
from lookout.faces.detections import Image
from lookout.faces.tracking.tracker import Track
from lookout.server.live.frame_job import FrameJob, Source

Kept = TypeVar("Kept")

TrackKey = tuple[Source, int]
"""A track: the camera, and the track's number in the tracker of that camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One track in one frame that shows its face.

    image_bgr: the whole frame; it is drawn on afterwards, so copy what is to be kept.
    """

    job: FrameJob
    image_bgr: Image
    track: Track
    decision: Decision

    @property
    def key(self) -> TrackKey:
        return self.job.source, self.track.id


def observations_of(
    job: FrameJob, image_bgr: Image, tracks: Sequence[Track], decisions: Sequence[Decision]
) -> Iterator[Observation]:
    """The tracks whose faces this very frame shows; the others are only held for a moment."""
    for track, decision in zip(tracks, decisions, strict=True):
        if track.seen_s == job.arrived_s:
            yield Observation(job, image_bgr, track, decision)


@dataclass(frozen=True, slots=True, eq=False)
class AccumulatedTrack(Generic[Kept]):
    """A track so far. Times are those of `FrameJob.arrived_s`; observations counts its frames."""

    key: TrackKey
    first_s: float
    last_s: float
    observations: int
    kept: Kept


class TrackAccumulator(Generic[Kept]):
    """Holds the tracks that may go on. One thread at a time.

    keep:       what is to be kept of a track: from what was kept so far (None at first) and one
                more observation.
    ended_s:    a track that no frame has shown for longer is over.
    max_tracks: further ones are left out and counted in `lost`.
    """

    def __init__(
        self,
        keep: Callable[[Kept | None, Observation], Kept],
        *,
        ended_s: float,
        max_tracks: float = math.inf,
    ) -> None:
        self._keep = keep
        self._ended_s = ended_s
        self._max_tracks = max_tracks
        self._tracks: dict[TrackKey, AccumulatedTrack[Kept]] = {}
        self.lost = 0

    def __iter__(self) -> Iterator[AccumulatedTrack[Kept]]:
        """The tracks that may go on, as they are now, by when they began."""
        return iter(list(self._tracks.values()))

    def get(self, key: TrackKey) -> AccumulatedTrack[Kept] | None:
        """The track as it is now; None where it is not held."""
        return self._tracks.get(key)

    def add(self, observation: Observation) -> None:
        key, now_s = observation.key, observation.job.arrived_s
        before = self._tracks.get(key)
        if before is not None:
            kept = self._keep(before.kept, observation)
            count = before.observations + 1
            self._tracks[key] = AccumulatedTrack(key, before.first_s, now_s, count, kept)
        elif len(self._tracks) < self._max_tracks:
            kept = self._keep(None, observation)
            self._tracks[key] = AccumulatedTrack(key, now_s, now_s, 1, kept)
        else:
            self.lost += 1

    def take_ended(self, now_s: float) -> list[AccumulatedTrack[Kept]]:
        """Lets go of the tracks that are over by now; returns them. With `math.inf`, of all."""
        ended = [track for track in self if now_s - track.last_s > self._ended_s]
        for track in ended:
            del self._tracks[track.key]
        return ended

    def drop(self, key: TrackKey) -> None:
        """Forgets a track."""
        del self._tracks[key]
