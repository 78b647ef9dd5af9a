"""A fault, and what the viewer has to see while it lasts."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from enum import Enum, auto
from typing import ClassVar

from benchmarks.system.faults.stage import ASTRONAUT, Setting, Stage


class Expected(Enum):
    """The picture that the viewer has to see between a fault and its end."""

    PLAIN = auto()  # the plain picture at full rate and a banner, both within a second
    NAMES = auto()  # no difference: named pictures and no banner
    BACK = auto()  # the right name again within two seconds, whatever comes between
    CAMERA = auto()  # a banner that says that the camera is gone


class Fault(ABC):
    """One kind of fault. `strike` does the damage, `mend` ends it and returns the moment from which
    on recovery counts; between the two the engine waits `hold_s`.

    `facts` are for the table, `failures` are limits that were missed; both fill as rounds go by.
    """

    words: ClassVar[str]
    setting: ClassVar[Setting] = Setting.PLAIN
    expected: ClassVar[Expected] = Expected.NAMES
    hold_s: ClassVar[float] = 2.0
    rounds: ClassVar[int] = 3
    grows: ClassVar[tuple[str, ...]] = ("edge", "server")
    """The programs whose memory is judged: those that live through all the rounds."""

    def __init__(self) -> None:
        self.facts: list[str] = []
        self.failures: list[str] = []

    @property
    def name_afterwards(self) -> str:
        """The name that the viewer sees once the fault is over."""
        return ASTRONAUT

    @abstractmethod
    def strike(self, stage: Stage) -> None: ...

    def mend(self, stage: Stage) -> float:  # noqa: ARG002 - most faults need the stage
        return time.monotonic()
