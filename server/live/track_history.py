"""The history of the last minute's tracks, so that people can still correct their names."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookout.faces.decision.decide import Decision, Probe
from lookout.faces.detections import Image
from lookout.faces.tracking.tracker import Track
from lookout.server.live.frame_job import FrameJob, Source

KEEP_S = 60.0
MOST_TRACKS = 64
"""Of one camera: at 6 KB each, a crowd costs less than half a megabyte."""
MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class RecentTrack:
    """One track.

    probes: its newest encodings, at most as many as a track has. names: the names that it has had,
    the latest last. seen_s: its last observation, by this machine's monotonic clock.
    """

    probes: tuple[Probe, ...]
    names: tuple[str, ...]
    seen_s: float


class TrackHistory:
    """An observer of the pipeline (`server.live.pipeline.Observer`). Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is that of `FrameJob.arrived_s`."""
        self._clock = clock
        self._lock = threading.Lock()
        self._cameras: dict[Source, OrderedDict[int, RecentTrack]] = {}

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,  # noqa: ARG002 - the observer's seam
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        """Records the tracks of one frame. A doubted track has no probes; its last ones stay."""
        with self._lock:
            recent = self._cameras.setdefault(job.source, OrderedDict())
            for track, decision in zip(tracks, decisions, strict=True):
                before = recent.pop(track.id, RecentTrack((), (), job.arrived_s))
                names = before.names
                if decision.name is not None and decision.name not in names:
                    names = (*names, decision.name)[-MOST_NAMES:]
                probes = track.probes or before.probes
                recent[track.id] = RecentTrack(probes, names, job.arrived_s)
            while recent and (
                len(recent) > MOST_TRACKS
                or next(iter(recent.values())).seen_s < job.arrived_s - KEEP_S
            ):
                recent.popitem(last=False)

    def forget(self, source: Source) -> None:
        """The camera has disconnected, and its tracks are over."""
        with self._lock:
            self._cameras.pop(source, None)

    def get(self, source: Source, track: int) -> RecentTrack | None:
        """The track as it was last seen; None if that is longer ago than KEEP_S, or unknown."""
        with self._lock:
            recent = self._cameras.get(source)
            found = None if recent is None else recent.get(track)
        if found is None or found.seen_s < self._clock() - KEEP_S:
            return None
        return found
