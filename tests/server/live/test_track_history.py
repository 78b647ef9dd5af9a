"""The looks at the faces of the last minute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.decide import Decision, Probe, Rule, State
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.quality import FaceView
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.tracking.tracker import Track
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.rejections import reject_encodings
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.track_history import KEEP_S, MOST_TRACKS, TrackHistory
from lookout.wire.records import Face, FrameInfo
from tests.support.server_fakes import frame

DOOR = Source(1, "door")
IMAGE = np.zeros((8, 8, 3), np.uint8)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def track(number: int, *places: float) -> Track:
    probes = tuple(Probe(np.array([place, 0.0], np.float32)) for place in places)
    return Track(number, np.zeros(4, np.float32), FaceView(80, 120, 50, 1), 0.0, 0.0, probes)


def called(name: str | None) -> Decision:
    return Decision(State.KNOWN if name else State.UNKNOWN, name)


def at(seconds: float) -> FrameJob:
    return frame(DOOR.camera, 1, arrived_s=seconds)


def test_a_track_is_remembered_for_a_minute_with_its_last_looks_and_its_names() -> None:
    clock = Clock()
    recent = TrackHistory(clock)
    recent.saw(at(0), IMAGE, [track(7, 0.1, 0.2)], [called("Ada")])
    recent.saw(at(1), IMAGE, [track(7)], [called(None)])  # doubted: no looks for now
    recent.saw(at(2), IMAGE, [track(7)], [called("Bob")])
    clock.now_s = 2 + KEEP_S
    seen = recent.get(DOOR, 7)
    assert seen is not None
    assert [float(probe.encoding[0]) for probe in seen.probes] == pytest.approx([0.1, 0.2])
    assert seen.names == ("Ada", "Bob")
    clock.now_s += 0.1
    assert recent.get(DOOR, 7) is None


def test_a_crowd_pushes_out_those_who_left_first_and_a_camera_that_goes_is_forgotten() -> None:
    recent = TrackHistory(Clock())
    for number in range(MOST_TRACKS + 1):
        recent.saw(at(0), IMAGE, [track(number)], [called(None)])
    assert recent.get(DOOR, 0) is None
    assert recent.get(DOOR, 1) is not None
    recent.forget(DOOR)
    assert recent.get(DOOR, 1) is None


def test_the_next_frame_of_a_rejected_track_has_no_name(
    tmp_path: Path, portrait: bytes, eileen: Gallery, detector: Detector, encoder: Encoder
) -> None:
    encodings = tmp_path / "encodings.pkl"
    recent, watch = TrackHistory(Clock()), NegativesWatch(encodings, encoder)
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    recognition = RecognitionContext(
        detector, encoder, rule, lambda: eileen, negatives=lambda: watch.negatives
    )
    pipeline = Pipeline(recognition, observers=(recent,))

    def face(number: int) -> Face:
        info = FrameInfo(DOOR.camera, number, 0.0)
        (outcome,) = pipeline.run([FrameJob(DOOR, info, portrait, arrived_s=0.1 * number)])
        assert isinstance(outcome, Answer)
        (found,) = outcome.result.faces
        return found

    before = face(1)
    assert before.name == "Eileen"
    assert before.track is not None
    seen = recent.get(DOOR, before.track)
    assert seen is not None
    assert seen.names == ("Eileen",)
    looks = np.stack([probe.encoding for probe in seen.probes])
    reject_encodings(encodings, encoder, "Eileen", looks)
    watch.poll()
    after = face(2)
    assert (after.track, after.name, after.ignored) == (before.track, None, False)
    reject_encodings(encodings, encoder, "", looks)
    watch.poll()
    assert face(3).ignored
