"""How long somebody is somewhere: at the site, in a zone, in a fence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

ENTER_COUNT = 2
ENTER_S = 1.0
"""In a zone after two observations or one second: a box that grazes the edge once is no entry."""
EXIT_S = 5.0
"""Out of a zone after this time outside or unseen, however restless the box is."""


@dataclass(slots=True)
class Stay:
    """A stay from `first_s` to `last_s`, both when it was observed, Unix seconds.

    told: the durations that have been reached already.
    """

    first_s: float
    last_s: float
    count: int = 1
    entered: bool = False
    told: set[float] = field(default_factory=set)

    def again(self, at_s: float) -> None:
        """Observed once more, at any order of times."""
        self.first_s = min(self.first_s, at_s)
        self.last_s = max(self.last_s, at_s)
        self.count += 1

    def enters(self, until_s: float) -> bool:
        """Whether it has just become an entry, where it lasts until `until_s`."""
        if self.entered or (self.count < ENTER_COUNT and until_s - self.first_s < ENTER_S):
            return False
        self.entered = True
        return True

    def reached(self, durations: Sequence[float], until_s: float) -> tuple[float, ...]:
        """The durations that it has just reached, up to `until_s`."""
        new = tuple(
            one for one in durations if one not in self.told and until_s - self.first_s >= one
        )
        self.told.update(new)
        return new
