"""The faces that have done what they were asked to do within the last minute.

Enrolment asks for one where the demand is `challenge`: a photograph counts as taken of a person who
is there while a face like its own has just passed a challenge, over the wire or over HTTP.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookout.faces.detections import Floats

LIFE_S = 60.0
MOST = 64
"""The oldest makes room."""


@dataclass(frozen=True, slots=True, eq=False)
class _Proof:
    encoding: Floats
    at_s: float


class Proofs:
    """Any thread. clock: monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._proofs: deque[_Proof] = deque(maxlen=MOST)

    def add(self, encoding: Floats) -> None:
        """The face of this (D,) encoding has just passed a challenge."""
        with self._lock:
            self._proofs.append(_Proof(encoding, self._clock()))

    def has(self, encoding: Floats, tolerance: float) -> bool:
        """Whether a face within `tolerance` of this (D,) encoding, the encoder's own, has passed
        one lately."""
        with self._lock:
            now_s = self._clock()
            return any(
                now_s - proof.at_s <= LIFE_S
                and float(np.linalg.norm(proof.encoding - encoding)) <= tolerance
                for proof in self._proofs
            )
