"""What rules are asked about: one thing that was observed, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class SubjectKind(StrEnum):
    """Whom or what an observation is of."""

    PERSON = "person"
    CLUSTER = "cluster"
    CAMERA = "camera"
    NOBODY = "nobody"


class Subject(NamedTuple):
    """Somebody or something, by id: a person, an unknown person's cluster, a camera's name."""

    kind: SubjectKind
    id: str = ""


NOBODY = Subject(SubjectKind.NOBODY)


class Signal(StrEnum):
    """What came in.

    SEEN:      a sighting began or goes on.
    ENDED:     a sighting ended.
    CORRECTED: somebody said who it is, or is not; `subject` is what holds from now on.
    """

    SEEN = "seen"
    ENDED = "ended"
    CORRECTED = "corrected"
    SPOOF = "spoof"
    CAMERA_LOST = "camera_lost"
    CAMERA_ONLINE = "camera_online"


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """Where a camera is: degrees, or a position on a plan. `range_m`: how far it sees."""

    latitude: float | None = None
    longitude: float | None = None
    plan: str | None = None
    x: float | None = None
    y: float | None = None
    metres_per_unit: float | None = None
    range_m: float = 0.0

    def point(self, plan: str | None) -> tuple[float, float] | None:
        """(longitude, latitude), or (x, y) on this plan; None where the place is not there."""
        if plan is None:
            x, y = self.longitude, self.latitude
        else:
            x, y = (self.x, self.y) if plan == self.plan else (None, None)
        return None if x is None or y is None else (x, y)


@dataclass(frozen=True, slots=True)
class RuleObservation:
    """One thing that was observed.

    at_s:     Unix seconds.
    state:    the decision on a face: `known`, `unknown` or `unsure`.
    margin:   how much nearer the person is than the next one, in the encoder's distance.
    liveness: `live`, `spoof`, `inconclusive` or `off`.
    foot:     the bottom centre of the face's box, as shares of the picture, or None.
    number:   of the event that said so, 0 where there is none.
    """

    signal: Signal
    at_s: float
    camera: str
    subject: Subject = NOBODY
    camera_id: str = ""
    state: str = "unknown"
    sighting: str | None = None
    visit: str | None = None
    margin: float | None = None
    similarity: float | None = None
    liveness: str = "off"
    foot: tuple[float, float] | None = None
    place: AlertPlace | None = None
    number: int = 0

    @property
    def undecided(self) -> bool:
        """Whether the face is not decided yet, so that it may still get a name."""
        return self.subject.kind is SubjectKind.CLUSTER and self.state == "unsure"
