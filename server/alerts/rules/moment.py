"""What rules are about: a moment at which something happened, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.rules.observation import RuleObservation, Subject


@dataclass(frozen=True, slots=True)
class Moment:
    """Something happened at `at_s`, Unix seconds.

    zone, fence: which was entered or left, or is stayed in; None: the site as a whole.
    zones, fences: all that the subject is in.
    seconds: how long it had lasted, for `stays` and `absent`. speed: metres per second.
    seen: the observation that shows it; of an absence, the last one, or None.
    """

    what: What
    at_s: float
    subject: Subject
    seen: RuleObservation | None
    zone: str | None = None
    fence: str | None = None
    zones: frozenset[str] = frozenset()
    fences: frozenset[str] = frozenset()
    seconds: float = 0.0
    speed: float | None = None

    @property
    def camera(self) -> str:
        return "" if self.seen is None else self.seen.camera

    @property
    def sighting(self) -> str | None:
        return None if self.seen is None else self.seen.sighting
