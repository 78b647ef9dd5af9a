"""Who is asked before a camera, what passes, and what does not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from lookout.faces.decision.decide import Decision, Probe, State
from lookout.faces.decision.liveness_demand import LivenessDemand, with_liveness
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.liveness.challenge import Task
from lookout.faces.liveness.gesture import Gesture
from lookout.faces.liveness.verdict import LivenessState, LivenessVerdict, verdict_on
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import Track
from lookout.server.inference.proofs import Proofs
from lookout.server.live.camera_challenge import (
    AWAY_S,
    LOCKED_S,
    PAUSE_S,
    TRIES,
    CameraChallenge,
    Seen,
)
from lookout.wire.challenge import WireChallenge, WireChallengeState

PICTURE: Image = np.full((240, 320, 3), 90, np.uint8)
ADA = np.zeros(128, np.float32)
BOB = np.full(128, 0.2, np.float32)
"""2.3 away."""
FRAME_S = 0.1
DONE: dict[Task, tuple[float, float, float]] = {
    Task.TURN_LEFT: (26.0, 0.3, 100.0),
    Task.TURN_RIGHT: (-26.0, 0.3, 100.0),
    Task.BLINK: (0.0, 0.1, 100.0),
    Task.COME_CLOSER: (0.0, 0.3, 140.0),
}
AHEAD = (0.0, 0.3, 100.0)
"""Yaw in degrees, openness of the eyes, width in pixels."""


class Door:
    """A camera before which one face is."""

    def __init__(self, *, door: bool = True, wanted: bool = False) -> None:
        self.proofs = Proofs(clock=lambda: self.now_s)
        self.now_s = 10.0
        self.pose = AHEAD
        self.door, self.wanted = door, wanted
        chance = random.Random(3)
        self.challenge = CameraChallenge(self._gesture, self.proofs, 0.6, chance)

    def _gesture(self, image_bgr: Image, face: Detections, time_s: float) -> Gesture:
        return Gesture(time_s, *self.pose)

    def shows(
        self,
        pose: tuple[float, float, float] | None = AHEAD,
        *,
        name: str | None = "Ada",
        track: int = 1,
        evidence: float = 3.0,
        encoding: Floats = ADA,
    ) -> WireChallenge | None:
        """One more frame: a face, or none."""
        self.now_s += FRAME_S
        self.pose = pose or AHEAD
        box = np.array([100, 60, 100 + self.pose[2], 160], np.float32)
        seen = Seen(PICTURE, Detections(box[None], np.ones(1, np.float32)), (), (), ())
        if pose is not None:
            view = FaceView(100.0, 120.0, 40.0, 1.0)
            face = Track(track, box, view, 0.0, self.now_s, (Probe(encoding),))
            state = State.KNOWN if name else State.UNKNOWN
            self.decision = Decision(state, name=name)
            self.passive = verdict_on(evidence, "toy")
            self.face = face
            seen = Seen(PICTURE, seen.found, [face], [self.decision], [self.passive])
        self.challenge.see(seen, self.now_s, door=self.door, wanted=self.wanted)
        return self.challenge.told(self.now_s)

    def does_what_is_asked(self) -> WireChallenge:
        asked = self.shows()
        for _ in range(20):
            assert asked is not None
            if asked.task is None:
                return asked
            self.shows(AHEAD)
            asked = self.shows(DONE[Task(asked.task)])
            if asked is not None and asked.task == Task.BLINK:
                asked = self.shows(AHEAD)
        raise AssertionError("the challenge does not end")

    def verdict(self) -> LivenessVerdict:
        return self.challenge.verdict(self.face, self.decision, self.passive, self.now_s)

    def name(self) -> str | None:
        verdict = self.verdict()
        return with_liveness(self.decision, verdict, LivenessDemand.CHALLENGE).name


def test_a_door_gives_the_name_after_the_person_has_done_what_was_asked() -> None:
    door = Door()
    first = door.shows()
    assert first is not None
    assert (first.state, first.done, first.of) == (WireChallengeState.WAITING, 0, 3)
    assert first.words.startswith("Look into the camera")
    assert door.name() is None
    last = door.does_what_is_asked()
    assert (last.state, last.done, last.words) == (
        WireChallengeState.PASSED, 3, "Thank you, that was it.",
    )  # fmt: skip
    assert door.name() == "Ada"
    assert door.proofs.has(ADA, 0.6)
    assert not door.proofs.has(BOB, 0.6)


def test_a_proof_is_good_for_a_minute() -> None:
    door = Door()
    door.does_what_is_asked()
    door.now_s += 61.0
    assert not door.proofs.has(ADA, 0.6)


def test_a_stranger_at_a_door_is_asked_nothing() -> None:
    door = Door()
    assert door.shows(name=None) is None


def test_before_a_photograph_anybody_is_asked_and_the_proof_is_of_that_face() -> None:
    page = Door(door=False, wanted=True)
    assert page.shows(name=None) is not None
    asked = page.shows(name=None)
    for _ in range(20):
        assert asked is not None
        if asked.task is None:
            break
        page.shows(AHEAD, name=None)
        asked = page.shows(DONE[Task(asked.task)], name=None)
        if asked is not None and asked.task == Task.BLINK:
            asked = page.shows(AHEAD, name=None)
    assert asked is not None
    assert asked.state is WireChallengeState.PASSED
    assert page.proofs.has(ADA, 0.6)


def test_what_looks_like_a_picture_is_not_even_asked() -> None:
    door = Door()
    assert door.shows(evidence=-3.0) is None
    assert door.verdict().state is LivenessState.SPOOF


def test_another_name_in_the_middle_ends_it() -> None:
    door = Door()
    door.shows()
    door.shows()
    asked = door.shows(name="Bob")
    assert asked is not None
    assert (asked.state, asked.task) == (WireChallengeState.FAILED, None)
    assert "Another face" in asked.words
    assert door.name() is None


def test_the_proof_of_one_does_not_serve_another_in_the_same_place() -> None:
    door = Door()
    door.does_what_is_asked()
    door.shows(name="Bob")
    assert door.name() is None


def test_a_turned_head_that_begins_a_new_track_goes_on() -> None:
    door = Door()
    first = door.shows()
    second = door.shows(track=2)
    assert first is not None
    assert second is not None
    assert (second.track, second.number) == (2, first.number)
    assert second.state is WireChallengeState.WAITING


def test_a_head_that_turns_back_after_the_last_task_keeps_its_proof() -> None:
    door = Door()
    door.does_what_is_asked()
    door.shows(track=9)
    assert door.name() == "Ada"


def test_the_proof_does_not_wait_for_somebody_who_has_gone() -> None:
    door = Door()
    door.does_what_is_asked()
    door.now_s += AWAY_S + 0.1
    door.shows(track=9)
    assert door.name() is None


def test_a_face_that_is_gone_for_a_second_ends_it() -> None:
    door = Door()
    door.shows()
    asked = None
    for _ in range(13):
        asked = door.shows(None)
    assert asked is not None
    assert (asked.state, asked.words) == (WireChallengeState.FAILED, "The face was out of sight.")


@pytest.mark.parametrize("failures", [1, TRIES])
def test_after_a_few_failures_nobody_is_asked_for_a_minute(failures: int) -> None:
    door = Door()
    for _ in range(failures):
        door.shows()
        door.shows(name="Bob")
        door.now_s += PAUSE_S
    asked = door.shows()
    assert (asked is None) is (failures == TRIES)
    if failures == TRIES:
        door.now_s += LOCKED_S
        assert door.shows() is not None
