"""The challenge of one camera: one face at a time is asked to prove that it is live.

A door (the demand `challenge`) asks the largest face that it would name; an edge asks the largest
face of all, before it takes a photograph of it. What is asked goes back with each result.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lookout.faces.decision.decide import Decision, State
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.liveness import challenge as core
from lookout.faces.liveness.challenge import ChallengeState, Failure, LivenessChallenge
from lookout.faces.liveness.gesture import Gesture
from lookout.faces.liveness.verdict import ASKED, LivenessState, LivenessVerdict, verdict_on
from lookout.faces.tracking.tracker import Track
from lookout.server.inference.proofs import Proofs
from lookout.wire import challenge as wire

PAUSE_S = 3.0
"""Between two challenges; so long the page shows what became of the last."""
TRIES, LOCKED_S = 3, 60.0
"""After so many failures in a row the camera asks nobody for so long: a recording that holds all
tasks in one order passes one challenge in fourteen."""
AWAY_S = 2.0
"""Who has passed may be out of sight for so long: a head that turns back may begin a new track."""
MOST_PROVED = 64
"""Faces that have passed; the oldest makes room."""

ReadGesture = Callable[[Image, Detections, float], Gesture | None]
"""Of the one face in a picture, at a time (`faces.liveness.gesture.gesture_in`)."""

THANKS = "Thank you, that was it."


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One frame: its picture, the faces in it, the track and the decision about each."""

    image_bgr: Image
    found: Detections
    tracks: Sequence[Track]
    decisions: Sequence[Decision]
    verdicts: Sequence[LivenessVerdict | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The face that is asked: its track, the name and the encoding that it had at the beginning,
    and the challenge so far."""

    number: int
    track: int
    name: str | None
    encoding: Floats
    challenge: LivenessChallenge


@dataclass(frozen=True, slots=True, eq=False)
class _Proved:
    """A face that has passed, under this name, and when it was seen last."""

    track: int
    name: str | None
    encoding: Floats
    seen_s: float


class CameraChallenge:
    """One thread at a time. Times are those of `FrameJob.arrived_s`."""

    def __init__(
        self,
        gesture: ReadGesture,
        proofs: Proofs,
        tolerance: float,
        chance: random.Random | None = None,
    ) -> None:
        """tolerance: the encoder's, within which two encodings are of one person."""
        self._gesture = gesture
        self._tolerance = tolerance
        self._proofs = proofs
        self._chance = chance or random.SystemRandom()
        self._asked: _Asked | None = None
        self._ended_s = float("-inf")
        self._failures = 0
        self._proved: list[_Proved] = []

    def see(self, seen: Seen, time_s: float, *, door: bool, wanted: bool) -> None:
        """Takes one frame. door: a face that would be named is asked; wanted: any is."""
        if self._asked is None or self._asked.challenge.task is None:
            self._begin(seen, time_s, door=door, wanted=wanted)
        elif not (door or wanted):
            self._asked = None
        else:
            self._go_on(self._asked, seen, time_s)

    def verdict(
        self, track: Track, decision: Decision, passive: LivenessVerdict | None, time_s: float
    ) -> LivenessVerdict:
        """The verdict on a face where all are asked: live only if it did what it was asked, under
        the name that it still has, and does not look like a picture."""
        passive = passive or verdict_on(None, "challenge")
        if _is_spoof(passive):
            return passive
        if self._has_proved(track, decision.name, time_s):
            return replace(passive, state=LivenessState.LIVE, reasons=(), proved=True)
        return replace(passive, state=LivenessState.INCONCLUSIVE, reasons=(ASKED,))

    def _has_proved(self, track: Track, name: str | None, time_s: float) -> bool:
        """Whether this face has passed under the name; it is then seen once more."""
        self._proved = [one for one in self._proved if time_s - one.seen_s <= AWAY_S]
        for number, one in enumerate(self._proved):
            same = one.track == track.id or self._alike(track, one.encoding)
            if same and one.name == name:
                self._proved[number] = replace(one, track=track.id, seen_s=time_s)
                return True
        return False

    def _alike(self, track: Track, encoding: Floats) -> bool:
        probes = track.probes[-1:]
        return any(np.linalg.norm(one.encoding - encoding) <= self._tolerance for one in probes)

    def told(self, time_s: float) -> wire.WireChallenge | None:
        """What the camera's page is to show."""
        asked = self._asked
        if asked is None:
            return None
        challenge = asked.challenge
        if challenge.task is None and time_s - self._ended_s > PAUSE_S:
            return None
        return wire.WireChallenge(
            number=asked.number,
            track=asked.track,
            state=wire.WireChallengeState(challenge.state.value),
            task=challenge.task,
            words=_words(challenge),
            done=challenge.done,
            of=len(challenge.tasks),
            left_s=challenge.left_s(time_s),
        )

    def _begin(self, seen: Seen, time_s: float, *, door: bool, wanted: bool) -> None:
        pause_s = LOCKED_S if self._failures >= TRIES else PAUSE_S
        if time_s - self._ended_s <= pause_s:
            return
        face = max(
            (n for n in range(len(seen.tracks)) if self._is_asked(seen, n, time_s, door, wanted)),
            key=lambda n: _width(seen.tracks[n]),
            default=None,
        )
        if face is None:
            return
        if self._failures >= TRIES:
            self._failures = 0
        number = 1 if self._asked is None else self._asked.number + 1
        challenge = core.new_challenge(self._chance, time_s)
        name = seen.decisions[face].name
        track = seen.tracks[face]
        self._asked = _Asked(number, track.id, name, track.probes[-1].encoding, challenge)

    def _is_asked(self, seen: Seen, face: int, time_s: float, door: bool, wanted: bool) -> bool:
        verdict, decision = seen.verdicts[face], seen.decisions[face]
        if not seen.tracks[face].probes or _is_spoof(verdict):
            return False
        named = decision.state is State.KNOWN
        if wanted or not (door and named):
            return wanted
        return not self._has_proved(seen.tracks[face], decision.name, time_s)

    def _go_on(self, asked: _Asked, seen: Seen, time_s: float) -> None:
        face = self._face_of(asked, seen)
        if face is None:
            after = asked.challenge.after(None, time_s)
        elif self._is_another(asked, seen, face):
            after = replace(asked.challenge, failure=Failure.OTHER_FACE)
        else:
            asked = replace(asked, track=seen.tracks[face].id)
            after = asked.challenge.after(self._seen_gesture(seen, face, time_s), time_s)
        passed = after.state is ChallengeState.PASSED
        if passed and face is not None and seen.tracks[face].doubted:
            return  # the next encoding tells whether it is still the same face
        self._asked = replace(asked, challenge=after)
        if after.task is None:
            self._ended_s = time_s
            self._end(asked, seen, face, time_s, passed=passed)

    def _face_of(self, asked: _Asked, seen: Seen) -> int | None:
        """The face that is asked; also where a turned head has begun a new track."""
        distances = {
            n: float(np.linalg.norm(track.probes[-1].encoding - asked.encoding))
            for n, track in enumerate(seen.tracks)
            if track.probes and track.id != asked.track
        }
        for number, track in enumerate(seen.tracks):
            if track.id == asked.track:
                return number
        nearest = min(distances, key=lambda n: distances[n], default=None)
        return None if nearest is None or distances[nearest] > self._tolerance else nearest

    def _is_another(self, asked: _Asked, seen: Seen, face: int) -> bool:
        name = seen.decisions[face].name
        swapped = name is not None and asked.name is not None and name != asked.name
        return swapped or _is_spoof(seen.verdicts[face])

    def _end(
        self, asked: _Asked, seen: Seen, face: int | None, time_s: float, *, passed: bool
    ) -> None:
        if not passed or face is None:
            self._failures += 1
            return
        self._failures = 0
        track = seen.tracks[face]
        proved = _Proved(track.id, asked.name, asked.encoding, time_s)
        self._proved = [*self._proved, proved][-MOST_PROVED:]
        for probe in track.probes[-1:]:
            self._proofs.add(probe.encoding)

    def _seen_gesture(self, seen: Seen, face: int, time_s: float) -> Gesture | None:
        return self._gesture(seen.image_bgr, seen.found.take(np.array([face])), time_s)


def _is_spoof(verdict: LivenessVerdict | None) -> bool:
    return verdict is not None and verdict.state is LivenessState.SPOOF


def _words(challenge: LivenessChallenge) -> str:
    if challenge.task is not None:
        return core.WORDS[challenge.task]
    return THANKS if challenge.failure is None else core.WHY_FAILED[challenge.failure]


def _width(track: Track) -> float:
    return float(track.box_xyxy[2] - track.box_xyxy[0])
