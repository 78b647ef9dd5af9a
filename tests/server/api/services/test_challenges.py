"""Challenges that are under way: bounded, of one person, and no stronger than what was seen."""

from __future__ import annotations

import random

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.faces.liveness.challenge import ChallengeState, Failure, Task
from lookout.faces.liveness.gesture import Gesture
from lookout.faces.liveness.verdict import LivenessState, Look
from lookout.server.api.services.challenges import (
    LIFE_S,
    MAX_UNDER_WAY,
    ChallengeFace,
    Challenges,
    UnderWay,
)
from lookout.server.storage.errors import NotFound

ADA = np.zeros(128, np.float32)
BOB = np.full(128, 0.2, np.float32)
"""2.3 away."""


class Person:
    """Does what is asked, before a camera."""

    def __init__(self, challenges: Challenges, evidence: float | None = 2.0) -> None:
        self.challenges = challenges
        self.evidence = evidence
        self.now_s = 0.0
        self.one = challenges.start("toy", self.now_s)

    def shows(
        self, yaw: float = 0.0, openness: float = 0.3, size: float = 100.0, who: Floats = ADA
    ) -> UnderWay:
        self.now_s += 0.1
        look = None if self.evidence is None else Look(self.evidence)
        face = ChallengeFace(Gesture(0.0, yaw, openness, size), who, look)
        self.one = self.challenges.after(self.one.id, face, self.now_s)
        return self.one

    def does_all(self) -> UnderWay:
        while (task := self.one.challenge.task) is not None:
            self.shows()
            if task is Task.BLINK:
                self.shows(openness=0.1)
                self.shows()
            elif task is Task.COME_CLOSER:
                self.shows(size=140.0)
            else:
                self.shows(yaw=25.0 if task is Task.TURN_LEFT else -25.0)
        return self.one


@pytest.fixture
def challenges() -> Challenges:
    return Challenges(0.6, random.Random(3))


def test_who_does_all_and_looks_live_is_live(challenges: Challenges) -> None:
    assert Person(challenges).does_all().verdict is LivenessState.LIVE


def test_a_picture_is_a_spoof_whatever_it_does(challenges: Challenges) -> None:
    assert Person(challenges, evidence=-3.0).does_all().verdict is LivenessState.SPOOF


def test_without_the_networks_the_tasks_alone_decide(challenges: Challenges) -> None:
    assert Person(challenges, evidence=None).does_all().verdict is LivenessState.LIVE


def test_nothing_is_said_while_it_is_under_way(challenges: Challenges) -> None:
    assert Person(challenges).shows().verdict is LivenessState.INCONCLUSIVE


def test_another_face_ends_it(challenges: Challenges) -> None:
    person = Person(challenges)
    person.shows()
    other = person.shows(who=BOB)
    assert other.challenge.state is ChallengeState.FAILED
    assert other.challenge.failure is Failure.OTHER_FACE
    assert other.verdict is LivenessState.SPOOF


def test_the_oldest_makes_room_and_an_old_one_is_forgotten(challenges: Challenges) -> None:
    first = challenges.start("toy", 0.0)
    for _ in range(MAX_UNDER_WAY):
        last = challenges.start("toy", 1.0)
    with pytest.raises(NotFound, match="start another"):
        challenges.after(first.id, None, 1.0)
    assert challenges.after(last.id, None, 1.5).id == last.id
    with pytest.raises(NotFound):
        challenges.after(last.id, None, 2.0 + LIFE_S)


def test_frames_that_arrive_in_the_other_order_end_nothing(challenges: Challenges) -> None:
    person = Person(challenges)
    person.shows()
    person.now_s -= 0.15
    assert person.shows().challenge.state is ChallengeState.WAITING
