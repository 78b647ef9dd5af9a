"""The challenges that are under way: whose turn it is to be live, and what was seen of them so far.

In memory, bounded, and forgotten after a minute: a challenge is over when the server restarts.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.liveness.challenge import (
    ChallengeState,
    Failure,
    LivenessChallenge,
    new_challenge,
)
from lookout.faces.liveness.gesture import Gesture
from lookout.faces.liveness.track import TrackLiveness
from lookout.faces.liveness.verdict import LivenessState, Look
from lookout.server.inference.proofs import Proofs
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import new_id

MAX_UNDER_WAY = 64
"""The oldest makes room."""
LIFE_S = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class ChallengeFace:
    """The largest face of a frame. look: None where nobody looks; encoding: (D,) float32."""

    gesture: Gesture
    encoding: Floats
    look: Look | None


@dataclass(frozen=True, slots=True, eq=False)
class UnderWay:
    """A challenge and what was seen so far. encoding: of the first face; the others must be its."""

    id: str
    challenge: LivenessChallenge
    looks: TrackLiveness
    encoding: Floats | None = None

    @property
    def verdict(self) -> LivenessState:
        """Live: all was done, and the face does not look like a picture. Spoof: it does, or did
        something else than was asked. Inconclusive: anything else, while it is under way, too."""
        if self.looks.looks and self.looks.verdict.state is LivenessState.SPOOF:
            return LivenessState.SPOOF
        if self.challenge.failure in (Failure.OTHER_SIDE, Failure.OTHER_FACE):
            return LivenessState.SPOOF
        passed = self.challenge.state is ChallengeState.PASSED
        return LivenessState.LIVE if passed else LivenessState.INCONCLUSIVE


class Challenges:
    """Any thread. Times are those of one monotonic clock."""

    def __init__(
        self,
        tolerance: float,
        chance: random.Random | None = None,
        proofs: Proofs | None = None,
    ) -> None:
        """tolerance: of the encoder, within which two faces are one person's. proofs: takes the
        faces that have passed."""
        self._tolerance = tolerance
        self._proofs = proofs or Proofs()
        self._chance = chance or random.SystemRandom()
        self._lock = threading.Lock()
        self._under_way: dict[str, UnderWay] = {}

    def start(self, model: str, now_s: float) -> UnderWay:
        """A new challenge; `model` is what looks at the face meanwhile."""
        begun = UnderWay(new_id(), new_challenge(self._chance, now_s), TrackLiveness(model))
        with self._lock:
            self._forget(now_s)
            while len(self._under_way) >= MAX_UNDER_WAY:
                del self._under_way[next(iter(self._under_way))]
            self._under_way[begun.id] = begun
        return begun

    def after(self, challenge: str, face: ChallengeFace | None, now_s: float) -> UnderWay:
        """The challenge after one more frame. Raises NotFound if it is over for long, or never
        was."""
        with self._lock:
            self._forget(now_s)
            before = self._under_way.get(challenge)
            if before is None:
                raise NotFound("there is no such challenge, or it is over: start another")
            self._under_way[challenge] = after = self._seen(before, face, now_s)
        is_new = before.challenge.task is not None
        if is_new and after.encoding is not None and after.verdict is LivenessState.LIVE:
            self._proofs.add(after.encoding)
        return after

    def _seen(self, before: UnderWay, face: ChallengeFace | None, now_s: float) -> UnderWay:
        now_s = max(now_s, before.challenge.seen_s)  # two frames may come in the other order
        if before.challenge.task is None:
            return before
        if face is None:
            return replace(before, challenge=before.challenge.after(None, now_s))
        first = face.encoding if before.encoding is None else before.encoding
        if float(np.linalg.norm(first - face.encoding)) > self._tolerance:
            other = replace(before.challenge, failure=Failure.OTHER_FACE)
            return replace(before, challenge=other)
        looks = before.looks if face.look is None else before.looks.with_look(face.look, now_s)
        challenge = before.challenge.after(replace(face.gesture, time_s=now_s), now_s)
        return replace(before, challenge=challenge, looks=looks, encoding=first)

    def _forget(self, now_s: float) -> None:
        over = [
            key for key, one in self._under_way.items() if now_s - one.challenge.seen_s > LIFE_S
        ]
        for key in over:
            del self._under_way[key]
