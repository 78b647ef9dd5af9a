"""Challenges: a person who does what is asked, and recordings that do something else."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Detections
from lookout.faces.engine import open_detector
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.liveness.challenge import (
    TASK_S,
    ChallengeState,
    Failure,
    LivenessChallenge,
    Task,
    new_challenge,
)
from lookout.faces.liveness.gesture import Gesture, eye_openness, gesture_of

FRAME_S = 0.1
AHEAD = (0.0, 0.3, 100.0)
ACTIONS: dict[Task, list[tuple[float, float, float]]] = {
    Task.TURN_LEFT: [AHEAD] * 3 + [(15, 0.3, 100), (26, 0.3, 100)] + [AHEAD] * 3,
    Task.TURN_RIGHT: [AHEAD] * 3 + [(-15, 0.3, 100), (-26, 0.3, 100)] + [AHEAD] * 3,
    Task.BLINK: [AHEAD] * 3 + [(0, 0.1, 100), (0, 0.12, 100)] + [AHEAD] * 3,
    Task.COME_CLOSER: [AHEAD] * 3 + [(0, 0.3, 120), (0, 0.3, 135)] + [AHEAD] * 3,
}
"""Yaw in degrees, openness of the eyes, width in pixels, frame by frame."""


def asked(*tasks: Task) -> LivenessChallenge:
    return LivenessChallenge(tasks, 0.0, 0.0)


def shown(challenge: LivenessChallenge, actions: Iterable[Task]) -> LivenessChallenge:
    """What a camera sees of these actions, one after the other."""
    faces = [face for action in actions for face in ACTIONS[action]]
    for number, (yaw, openness, size) in enumerate(faces, 1):
        time_s = number * FRAME_S
        challenge = challenge.after(Gesture(time_s, yaw, openness, size), time_s)
    return challenge


ORDERS: Sequence[tuple[Task, ...]] = [
    (Task.TURN_LEFT, Task.BLINK, Task.COME_CLOSER),
    (Task.COME_CLOSER, Task.TURN_RIGHT, Task.TURN_LEFT),
    (Task.BLINK, Task.TURN_RIGHT, Task.COME_CLOSER),
]


@pytest.mark.parametrize("tasks", ORDERS)
def test_who_does_what_is_asked_passes(tasks: tuple[Task, ...]) -> None:
    assert shown(asked(*tasks), tasks).state is ChallengeState.PASSED


def test_a_recording_of_another_order_fails_at_the_first_wrong_turn() -> None:
    challenge = shown(
        asked(Task.TURN_RIGHT, Task.BLINK, Task.TURN_LEFT),
        (Task.TURN_LEFT, Task.BLINK, Task.TURN_RIGHT),
    )
    assert challenge.failure is Failure.OTHER_SIDE
    assert challenge.done == 0


def test_a_recording_that_blinks_before_it_is_asked_has_not_blinked() -> None:
    challenge = shown(asked(Task.COME_CLOSER, Task.BLINK), (Task.BLINK, Task.COME_CLOSER))
    assert challenge.state is ChallengeState.WAITING
    assert challenge.task is Task.BLINK


def test_a_still_picture_fails_by_time() -> None:
    challenge = asked(Task.BLINK)
    for number in range(1, 100):
        challenge = challenge.after(Gesture(number * FRAME_S, *AHEAD), number * FRAME_S)
    assert challenge.failure is Failure.TOO_LATE


def test_eyes_that_close_for_good_have_not_blinked() -> None:
    challenge = asked(Task.BLINK).after(Gesture(0.1, *AHEAD), 0.1)
    for number in range(2, 20):
        challenge = challenge.after(Gesture(number * 0.1, 0.0, 0.1, 100.0), number * 0.1)
    challenge = challenge.after(Gesture(2.5, *AHEAD), 2.5)
    assert challenge.done == 0


def test_a_face_that_goes_away_may_come_back_as_another() -> None:
    seen = asked(Task.BLINK).after(Gesture(0.1, *AHEAD), 0.1)
    assert seen.after(None, 0.9).state is ChallengeState.WAITING
    assert seen.after(None, 1.3).failure is Failure.FACE_LOST
    assert seen.after(Gesture(1.3, *AHEAD), 1.3).failure is Failure.FACE_LOST


def test_every_task_begins_with_a_look_into_the_camera() -> None:
    # a face that is still turned from the task before
    challenge = asked(Task.TURN_LEFT).after(Gesture(0.1, 30.0, 0.3, 100.0), 0.1)
    assert challenge.done == 0
    challenge = challenge.after(Gesture(0.2, *AHEAD), 0.2)
    assert challenge.after(Gesture(0.3, 30.0, 0.3, 100.0), 0.3).state is ChallengeState.PASSED


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="goes back"):
        asked(Task.BLINK).after(Gesture(0.5, *AHEAD), 0.5).after(None, 0.4)


def test_orders_differ_and_no_task_comes_twice() -> None:
    chance = random.Random(0)
    orders = {new_challenge(chance, 0.0).tasks for _ in range(200)}
    assert len(orders) == 24
    assert all(len(set(order)) == 3 for order in orders)


def test_a_video_with_all_four_actions_seldom_meets_what_is_asked() -> None:
    video = (Task.TURN_LEFT, Task.BLINK, Task.COME_CLOSER, Task.TURN_RIGHT)
    chance = random.Random(1)
    tries = [shown(new_challenge(chance, 0.0), video) for _ in range(240)]
    passed = sum(challenge.state is ChallengeState.PASSED for challenge in tries)
    assert len(video) * len(ACTIONS[Task.BLINK]) * FRAME_S < TASK_S
    assert passed <= 60


def test_the_openness_of_eyes_is_their_height_over_their_width() -> None:
    points = np.zeros((68, 2), np.float32)
    eye = np.array([(0, 0), (10, -4), (20, -4), (30, 0), (20, 4), (10, 4)], np.float32)
    points[36:42] = eye
    points[42:48] = eye + 50
    assert eye_openness(points) == pytest.approx(8 / 30)


@pytest.mark.data
@pytest.mark.usefixtures("weights")
def test_a_mirrored_face_looks_to_the_other_side(data: Path) -> None:
    image_bgr = np.asarray(cv2.imread(str(data / "spoof" / "image_T1.jpg")), np.uint8)
    detector, landmarker = open_detector("yunet"), Landmarker()
    yaws = []
    for picture in (image_bgr, np.ascontiguousarray(image_bgr[:, ::-1])):
        found: Detections = detector.detect([picture])[0].largest(1)
        points = landmarker.points(picture, found)[0]
        size = (picture.shape[1], picture.shape[0])
        gesture = gesture_of(points, np.asarray(found.box_xyxy[0], np.float32), size, 0.0)
        assert gesture is not None
        assert 0.02 < gesture.openness < 0.5
        yaws.append(gesture.yaw_deg)
    # she looks to the viewer's right
    assert yaws[0] > 8 > -8 > yaws[1]


def test_a_step_closer_that_was_not_asked_for_ends_it() -> None:
    challenge = shown(asked(Task.BLINK), [Task.COME_CLOSER])
    assert challenge.failure is Failure.OTHER_SIDE
