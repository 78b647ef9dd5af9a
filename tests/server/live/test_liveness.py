"""The liveness of faces in live pictures: what is said beside a name, and what is withheld."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from lookout.faces.decision.decide import Probe, Rule
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.detections import Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.liveness.track import MAX_LOOKS
from lookout.faces.photo.quality import FaceView
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.tracking.tracker import Track
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.track_liveness import CameraLiveness
from lookout.wire.records import Face, FaceState, FrameInfo, Liveness
from tests.support.toy_liveness import ToyLiveness

PICTURE: Image = np.full((240, 320, 3), 90, np.uint8)
OpenDoor = Callable[[LivenessDemand, float], "Door"]


class Door:
    """A camera that one enrolled person stands before."""

    def __init__(
        self,
        engines: tuple[Detector, Encoder],
        gallery: Gallery,
        demand: LivenessDemand,
        evidence: float,
        frames: Iterator[bytes],
    ) -> None:
        """demand: of the camera `door`; the server's own is off."""
        self.model = ToyLiveness(evidence)
        check = LivenessCheck(LivenessDemand.OFF, self.model, {"door": demand.value}.get)
        recognition = RecognitionContext(*engines, Rule(), lambda: gallery, liveness=check)
        self.pipeline = Pipeline(recognition)
        self.frames = frames

    def face(self, at_s: float) -> Face:
        info = FrameInfo("door", 1, 0.0)
        job = FrameJob(Source(1, "door"), info, next(self.frames), at_s)
        (outcome,) = self.pipeline.run([job])
        assert isinstance(outcome, Answer)
        self.asked = outcome.result.challenge
        (face,) = outcome.result.faces
        return face


@pytest.fixture
def frames(portrait_bgr: Image) -> Iterator[bytes]:
    """A person who moves a little from frame to frame."""

    def moving() -> Iterator[bytes]:
        number = 0
        while True:
            shifted = np.roll(portrait_bgr, (number % 5) * 2, axis=1)
            yield encode_jpeg(np.ascontiguousarray(shifted))
            number += 1

    return moving()


@pytest.fixture
def door(
    detector: Detector, encoder: Encoder, eileen: Gallery, frames: Iterator[bytes]
) -> OpenDoor:
    def open_door(demand: LivenessDemand, evidence: float) -> Door:
        return Door((detector, encoder), eileen, demand, evidence, frames)

    return open_door


@pytest.mark.parametrize(
    ("evidence", "seen"),
    [(2.0, Liveness.LIVE), (-2.0, Liveness.SPOOF), (0.0, Liveness.INCONCLUSIVE)],
)
def test_marked_faces_keep_their_names(door: OpenDoor, evidence: float, seen: Liveness) -> None:
    face = door(LivenessDemand.MARK, evidence).face(1.0)
    assert (face.name, face.state, face.liveness) == ("Eileen", FaceState.KNOWN, seen)


def test_a_picture_gets_no_name_where_a_live_face_is_required(door: OpenDoor) -> None:
    face = door(LivenessDemand.REQUIRE, -2.0).face(1.0)
    assert (face.name, face.state, face.liveness) == (None, FaceState.UNSURE, Liveness.SPOOF)


def test_a_live_face_gets_its_name_at_the_first_frame(door: OpenDoor) -> None:
    face = door(LivenessDemand.REQUIRE, 2.0).face(1.0)
    assert (face.name, face.state) == ("Eileen", FaceState.KNOWN)


def test_where_nobody_looks_nothing_is_said(door: OpenDoor) -> None:
    off = door(LivenessDemand.OFF, -2.0)
    face = off.face(1.0)
    assert (face.name, face.liveness) == ("Eileen", None)
    assert off.model.asked == 0


def test_where_a_challenge_is_demanded_nobody_has_a_name_before_it(door: OpenDoor) -> None:
    at_door = door(LivenessDemand.CHALLENGE, 2.0)
    face = at_door.face(1.0)
    assert (face.name, face.state, face.liveness) == (
        None, FaceState.UNSURE, Liveness.INCONCLUSIVE,
    )  # fmt: skip
    assert at_door.asked is not None
    assert at_door.asked.words.startswith("Look into the camera")


def track(at_s: float, *, doubted: bool = False) -> Track:
    """The same face, as of that time."""
    probes = (Probe(np.ones(128, np.float32)),)
    box, view = np.array([60, 60, 160, 160], np.float32), FaceView(100.0, 120.0, 40.0, 1.0)
    shown = () if doubted else probes
    return Track(1, box, view, 0.0, at_s, shown, _doubted=probes if doubted else ())


def test_a_face_is_looked_at_five_times_and_then_every_two_seconds() -> None:
    model = ToyLiveness(2.0)
    looks = CameraLiveness(LivenessCheck(LivenessDemand.MARK, model))
    for number in range(18):
        looks.see([track(0.2 * number)], PICTURE, 0.2 * number)
    assert model.asked == MAX_LOOKS
    looks.see([track(3.9)], PICTURE, 3.9)
    assert model.asked == MAX_LOOKS + 1


def test_a_doubted_face_is_looked_at_again() -> None:
    model = ToyLiveness(2.0)
    looks = CameraLiveness(LivenessCheck(LivenessDemand.MARK, model))
    for number in range(MAX_LOOKS):
        looks.see([track(0.4 * number)], PICTURE, 0.4 * number)
    looks.doubt([track(2.0, doubted=True)])
    looks.see([track(2.0)], PICTURE, 2.0)
    looks.see([track(2.4)], PICTURE, 2.4)
    looks.see([track(2.8)], PICTURE, 2.8)
    assert model.asked == MAX_LOOKS + 2


def test_a_track_that_has_gone_is_forgotten() -> None:
    looks = CameraLiveness(LivenessCheck(LivenessDemand.MARK, ToyLiveness(2.0)))
    looks.see([track(0.0)], PICTURE, 0.0)
    assert looks.verdict(track(0.0)) is not None
    looks.see([], PICTURE, 5.0)
    assert looks.verdict(track(0.0)) is None


def test_a_name_goes_when_a_picture_takes_the_place_of_the_person(door: OpenDoor) -> None:
    at_door = door(LivenessDemand.REQUIRE, 2.0)
    assert at_door.face(1.0).name == "Eileen"
    at_door.model.evidence = -6.0
    seen = [at_door.face(1.0 + number * 0.4) for number in range(1, 4)]
    assert seen[-1].liveness is Liveness.SPOOF
    assert seen[-1].name is None
