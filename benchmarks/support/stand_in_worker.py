"""Workers of an engine that take a recorded time, and say which process they are."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np

from lookout.server.remote.messages import pack, unpack

NAME = "stand-in"


class StandInWorker:
    """Answers each message with its process, after `each_s` for one of a batch. It waits in the
    place of computing, so that two of them share two cores with nobody."""

    def __init__(self, each_s: float) -> None:
        self._each_s = each_s

    def answers(self, messages: Sequence[bytes]) -> list[bytes]:
        time.sleep(self._each_s * len(messages))
        return [answer_of(os.getpid()) for _ in messages]


def answer_of(pid: int) -> bytes:
    """What the process of this number answers."""
    return pack(NAME, [np.frombuffer(str(pid).encode(), np.uint8)])


def pid_of(answer: bytes) -> int:
    """The process that has answered. Raises RemoteFailed."""
    return int(bytes(unpack(answer)[1][0]))
