"""Looks on while pictures are recognised and keeps, of each track, what a sighting needs.

What it knows of a track is replaced by every frame and taken away by the writer when it is due, so
a slow disk makes the writer late and never makes recognition wait. At most MAX_TRACKS wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lookout.faces.decision.decide import Decision
from lookout.faces.detections import Image
from lookout.faces.tracking.tracker import LIFE_S, Track
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.sightings.track_summary import TrackSummary, first_summary, next_summary

MAX_TRACKS = 512
"""A shot of a large face takes half a megabyte."""
SETTLED_S = 1.0
"""A new track is written after so long: the first three encodings are decided by then."""
REFRESH_S = 10.0
"""So much of a long sighting a crash may lose."""
ENDED_S = 2.0
"""A track that no frame has shown for so long is over; trackers themselves give up after 1 s."""

Key = tuple[Source, int]
"""A track: of which camera's tracker, and its number there."""


@dataclass(frozen=True, slots=True, eq=False)
class PendingWrite:
    """What is to be written of a track. ended: it will not come again under this key."""

    key: Key
    glimpse: TrackSummary
    ended: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """seen_s, written_s: this machine's monotonic clock."""

    glimpse: TrackSummary
    seen_s: float
    written_s: float | None = None
    written_name: str | None = None

    def is_due(self, now_s: float) -> bool:
        if self.written_s is None:
            return self.glimpse.last_s - self.glimpse.first_s >= SETTLED_S
        renamed = self.glimpse.decision.name != self.written_name
        return renamed or now_s - self.written_s >= REFRESH_S


class Watcher:
    """`server.live.pipeline.Observer`; `take` may be called from any thread."""

    def __init__(self, unix_s: Callable[[float], float] | None = None) -> None:
        """unix_s: what Unix time a moment of the monotonic clock is."""
        self._unix_s = unix_s or _unix_s
        self._lock = threading.Lock()
        self._tracks: dict[Key, _Watched] = {}
        self._lost = 0

    @property
    def lost(self) -> int:
        """How many times a frame's face found no place, since the start."""
        return self._lost

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        """Note who is in a frame. A track that is held or doubted tells nothing new: it is not
        certain that its face is in the picture, or that it is the same face."""
        now_s = self._unix_s(job.arrived_s)
        with self._lock:
            for track, decision in zip(tracks, decisions, strict=True):
                if track.probes and track.seen_s == job.arrived_s:
                    self._note(job, image_bgr, track, decision, now_s)
            self._refute(job, {track.id for track in tracks})

    def forget(self, source: Source) -> None:
        """Nothing to do: tracks that nobody sees any more end by themselves."""

    def take(self, now_s: float, *, all_of_it: bool = False) -> list[PendingWrite]:
        """What is to be written at `now_s` of the monotonic clock; with `all_of_it`, because the
        server ends, everything."""
        due = []
        with self._lock:
            for key, watched in list(self._tracks.items()):
                ended = all_of_it or now_s - watched.seen_s > ENDED_S
                if ended:
                    del self._tracks[key]
                    due.append(PendingWrite(key, watched.glimpse, ended))
                elif watched.is_due(now_s):
                    name = watched.glimpse.decision.name
                    self._tracks[key] = replace(watched, written_s=now_s, written_name=name)
                    due.append(PendingWrite(key, watched.glimpse, ended))
        return due

    def _refute(self, job: FrameJob, there: set[int]) -> None:
        """Let go of what the frame before alone has shown: a false alarm. Where frames come so
        seldom that each begins new tracks, one look has to do."""
        for (source, track), watched in list(self._tracks.items()):
            if source == job.source and watched.glimpse.looks == 1 and track not in there:
                since_s = job.arrived_s - watched.seen_s
                if since_s <= LIFE_S:
                    del self._tracks[source, track]

    def _note(
        self, job: FrameJob, image_bgr: Image, track: Track, decision: Decision, now_s: float
    ) -> None:
        key = (job.source, track.id)
        before = self._tracks.get(key)
        if before is not None:
            glimpse = next_summary(before.glimpse, track, decision, image_bgr, now_s)
            self._tracks[key] = replace(before, glimpse=glimpse, seen_s=job.arrived_s)
        elif len(self._tracks) < MAX_TRACKS:
            first_s = min(self._unix_s(track.born_s), now_s)
            glimpse = first_summary(job.source.camera, track, decision, image_bgr, first_s, now_s)
            self._tracks[key] = _Watched(glimpse, job.arrived_s)
        else:
            self._lost += 1


def _unix_s(monotonic_s: float) -> float:
    # asked for each time: the difference of the two clocks moves when the machine's time is set
    return time.time() - time.monotonic() + monotonic_s
