"""A challenge: a few tasks in random order, each within a time, that a recorded video cannot know.

    challenge = new_challenge(random.SystemRandom(), time_s)
    while challenge.state is ChallengeState.WAITING:
        challenge = challenge.after(gesture, time_s)     # None where no face is seen

Pure: time and chance are arguments. Every task begins with a face that looks into the camera, so
that what was done before it does not count, and a turn to the wrong side ends it: somebody who is
there turns the other way, a recording does what it always did.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lookout.faces.liveness.gesture import Gesture

TASKS = 3
TASK_S = 6.0
LOST_S = 1.0
"""A face that is away for longer may be another one when it comes back."""
TURNED_DEG, AHEAD_DEG = 20.0, 12.0
SHUT, OPEN = 0.6, 0.85
"""Of the openness that the eyes had when the task began."""
BLINK_S = 1.0
"""Eyes that stay shut for longer have not blinked."""
CLOSER = 1.3
"""Times the size that the face had when the task began."""


class Task(StrEnum):
    """What is asked. Left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    COME_CLOSER = "come_closer"


class ChallengeState(StrEnum):
    """Waiting for the next task to be done; all were done; or one was not."""

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"


class Failure(StrEnum):
    """Why a challenge was not passed."""

    TOO_LATE = "too_late"
    OTHER_SIDE = "other_side"
    FACE_LOST = "face_lost"
    OTHER_FACE = "other_face"


WORDS: Mapping[Task, str] = {
    Task.TURN_LEFT: "Look into the camera, then turn your head to your left.",
    Task.TURN_RIGHT: "Look into the camera, then turn your head to your right.",
    Task.BLINK: "Look into the camera and blink.",
    Task.COME_CLOSER: "Look into the camera and come closer.",
}
WHY_FAILED: Mapping[Failure, str] = {
    Failure.TOO_LATE: "That took too long.",
    Failure.OTHER_SIDE: "That was another movement than the one asked for.",
    Failure.FACE_LOST: "The face was out of sight.",
    Failure.OTHER_FACE: "Another face took the place of the first.",
}


@dataclass(frozen=True, slots=True)
class LivenessChallenge:
    """A challenge so far.

    tasks:   what is asked, in order; done: how many were.
    since_s: when the present task was asked; seen_s: when a face was seen last.
    start:   the face as it looked into the camera at the beginning of the task; None before.
    shut_s:  when the eyes were seen shut; None while they are open.
    """

    tasks: tuple[Task, ...]
    since_s: float
    seen_s: float
    done: int = 0
    start: Gesture | None = None
    shut_s: float | None = None
    failure: Failure | None = None

    @property
    def state(self) -> ChallengeState:
        if self.failure is not None:
            return ChallengeState.FAILED
        return ChallengeState.PASSED if self.done == len(self.tasks) else ChallengeState.WAITING

    @property
    def task(self) -> Task | None:
        """The task that is to be done now; None at the end."""
        return self.tasks[self.done] if self.state is ChallengeState.WAITING else None

    def left_s(self, time_s: float) -> float:
        """The time that is left for the present task; 0 at the end."""
        return 0.0 if self.task is None else max(0.0, TASK_S - (time_s - self.since_s))

    def after(self, gesture: Gesture | None, time_s: float) -> LivenessChallenge:
        """The challenge after one more frame. Raises ValueError if time goes back."""
        if time_s < self.seen_s:
            raise ValueError(f"time goes back from {self.seen_s} to {time_s}")
        task = self.task
        if task is None:
            return self
        if time_s - self.since_s > TASK_S:
            return replace(self, failure=Failure.TOO_LATE)
        if gesture is None:
            lost = time_s - self.seen_s > LOST_S
            return replace(self, failure=Failure.FACE_LOST) if lost else self
        if time_s - self.seen_s > LOST_S:
            return replace(self, failure=Failure.FACE_LOST)
        seen = replace(self, seen_s=time_s)
        if self.start is None:
            ahead = abs(gesture.yaw_deg) <= AHEAD_DEG
            return replace(seen, start=gesture) if ahead else seen
        return seen._judged(task, gesture, self.start)

    def _judged(self, task: Task, gesture: Gesture, start: Gesture) -> LivenessChallenge:
        if _turned_wrong(task, gesture):
            return replace(self, failure=Failure.OTHER_SIDE)
        if task is Task.BLINK:
            return self._blinking(gesture, start)
        turns = {Task.TURN_LEFT: gesture.yaw_deg, Task.TURN_RIGHT: -gesture.yaw_deg}
        if task in turns:
            reached = turns[task] >= TURNED_DEG
        else:
            reached = gesture.size_px >= CLOSER * start.size_px
        return self._next(gesture.time_s) if reached else self

    def _blinking(self, gesture: Gesture, start: Gesture) -> LivenessChallenge:
        share = gesture.openness / max(start.openness, 1e-6)
        if self.shut_s is None:
            return replace(self, shut_s=gesture.time_s) if share <= SHUT else self
        if share < OPEN:
            return self
        quick = gesture.time_s - self.shut_s <= BLINK_S
        return self._next(gesture.time_s) if quick else replace(self, shut_s=None)

    def _next(self, time_s: float) -> LivenessChallenge:
        return replace(self, done=self.done + 1, since_s=time_s, start=None, shut_s=None)


def new_challenge(chance: random.Random, time_s: float, count: int = TASKS) -> LivenessChallenge:
    """A challenge of `count` different tasks in an order that nobody can foresee, from now on.

    chance: `random.SystemRandom()` but in tests. Raises ValueError for more tasks than there are.
    """
    return LivenessChallenge(tuple(chance.sample(list(Task), count)), time_s, time_s)


def _turned_wrong(task: Task, gesture: Gesture) -> bool:
    """True for a turn that was not asked for: of a face that is to look ahead, to either side."""
    left, right = gesture.yaw_deg >= TURNED_DEG, gesture.yaw_deg <= -TURNED_DEG
    return (left and task is not Task.TURN_LEFT) or (right and task is not Task.TURN_RIGHT)
