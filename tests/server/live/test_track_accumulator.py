"""Tracks are accumulated from their first frame to their last, and let go once."""

from __future__ import annotations

import math

import numpy as np

from lookout.faces.decision.decide import Decision, State
from lookout.faces.detections import Image
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import Track
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.track_accumulator import Observation, TrackAccumulator, observations_of
from lookout.wire.records import FrameInfo

DOOR, YARD = Source(1, "door"), Source(2, "yard")
IMAGE: Image = np.zeros((8, 8, 3), np.uint8)
NOBODY = Decision(State.UNKNOWN)


def names(before: str | None, observation: Observation) -> str:
    """Keeps the time of every observation, in order."""
    return f"{before or ''}{observation.job.arrived_s:g} "


def track(number: int, seen_s: float) -> Track:
    box = np.array([0, 0, 4, 4], np.float32)
    return Track(number, box, FaceView(112.0, 120.0, 40.0, 0.5), 0.0, seen_s, ())


def show(tracks: TrackAccumulator[str], now_s: float, *shown: Track, source: Source = DOOR) -> None:
    job = FrameJob(source, FrameInfo(source.camera, 1, 0.0), b"", now_s)
    for observation in observations_of(job, IMAGE, shown, [NOBODY] * len(shown)):
        tracks.add(observation)


def test_a_track_is_over_only_when_no_frame_has_shown_it_for_longer_than_allowed() -> None:
    tracks = TrackAccumulator(names, ended_s=1.0)
    for now_s in (1.0, 1.5, 2.0):
        show(tracks, now_s, track(7, now_s))
    assert tracks.take_ended(3.0) == []
    (over,) = tracks.take_ended(3.1)
    assert (over.key, over.first_s, over.last_s) == ((DOOR, 7), 1.0, 2.0)
    assert (over.observations, over.kept) == (3, "1 1.5 2 ")
    assert tracks.take_ended(math.inf) == []


def test_a_track_that_is_only_held_is_not_observed() -> None:
    tracks = TrackAccumulator(names, ended_s=1.0)
    show(tracks, 1.0, track(1, 1.0))
    show(tracks, 1.5, track(1, 1.0))
    (open_track,) = tracks
    assert (open_track.observations, open_track.last_s) == (1, 1.0)


def test_the_same_number_at_two_cameras_is_two_tracks_and_one_too_many_is_counted() -> None:
    tracks = TrackAccumulator(names, ended_s=1.0, max_tracks=2)
    show(tracks, 1.0, track(1, 1.0))
    show(tracks, 1.0, track(1, 1.0), source=YARD)
    show(tracks, 1.0, track(2, 1.0))
    assert [open_track.key for open_track in tracks] == [(DOOR, 1), (YARD, 1)]
    assert tracks.lost == 1
