"""`encodings.pkl` is replaced by files that must not be used, and by one that must."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

from benchmarks.system.faults.fault import Expected, Fault
from benchmarks.system.faults.stage import ASTRONAUT, Stage
from lookout.faces.atomic_file import replace_file

NOTICED_S = 2.0
"""A new file is in use within this time."""
OTHER_NAME = "Commander Collins"


class Truncated(Fault):
    words = "encodings.pkl replaced by a truncated file"
    rounds = 2
    hold_s = NOTICED_S + 1.0

    def strike(self, stage: Stage) -> None:
        self._good = stage.laboratory.encodings.read_bytes()
        replace_file(stage.laboratory.encodings, self._good[: len(self._good) // 2])

    def mend(self, stage: Stage) -> float:
        refused = any("cannot be used" in line for line in stage.laboratory.server.log())
        self.facts.append("the log says so" if refused else "the log says nothing")
        if not refused:
            self.failures.append("the log does not say that the file cannot be used")
        replace_file(stage.laboratory.encodings, self._good)
        return super().mend(stage)


class Malicious(Fault):
    """A pickle that runs a command when it is loaded the usual way."""

    words = "encodings.pkl replaced by a malicious file"
    rounds = 2
    hold_s = NOTICED_S + 1.0

    def strike(self, stage: Stage) -> None:
        self._canary = stage.laboratory.folder / "canary"
        self._good = stage.laboratory.encodings.read_bytes()
        content = {"encodings": _Runs(self._canary), "names": [ASTRONAUT]}
        replace_file(stage.laboratory.encodings, pickle.dumps(content))

    def mend(self, stage: Stage) -> float:
        refused = any("was refused" in line for line in stage.laboratory.server.log())
        self.facts.append("refused in the log" if refused else "the log says nothing")
        self.facts.append("the canary ran" if self._canary.exists() else "nothing ran")
        if self._canary.exists() or not refused:
            self.failures.append(", ".join(self.facts[-2:]))
        replace_file(stage.laboratory.encodings, self._good)
        return super().mend(stage)


class Renamed(Fault):
    """The same encodings under another name: the viewer has to read the new one. In the end the
    file is again what it was."""

    words = "encodings.pkl replaced by a good file with a new name"
    expected = Expected.BACK
    hold_s = 0.0
    rounds = 2

    def __init__(self) -> None:
        super().__init__()
        self._names = {ASTRONAUT: OTHER_NAME, OTHER_NAME: ASTRONAUT}
        self._now = ASTRONAUT

    @property
    def name_afterwards(self) -> str:
        return self._now

    def strike(self, stage: Stage) -> None:
        path = stage.laboratory.encodings
        content: dict[str, Any] = pickle.loads(path.read_bytes())  # noqa: S301 - our own file
        self._now = self._names[self._now]
        replace_file(path, pickle.dumps(content | {"names": [self._now] * len(content["names"])}))


class _Runs:
    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self._canary}'",)
