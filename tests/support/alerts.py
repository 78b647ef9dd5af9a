"""A site with rules, and what is told there when something is observed: no store, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Self

from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.documents.silence import Silence
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.documents.watchlist import Watchlist
from lookout.server.alerts.documents.zone import Fence, Zone
from lookout.server.alerts.engine import Engine
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.observation import (
    AlertPlace,
    RuleObservation,
    Signal,
    Subject,
    SubjectKind,
)
from lookout.server.alerts.states.change import AlertChange
from lookout.server.storage.alert_records import Alert

NOON_S = 1_795_867_200.0
"""Saturday 28 November 2026, 12:00 UTC."""


def ada() -> Subject:
    return Subject(SubjectKind.PERSON, "per_ada")


def stranger(number: int = 1) -> Subject:
    return Subject(SubjectKind.CLUSTER, f"unk_{number}")


def rule(**fields: Any) -> AlertRule:
    given = {"id": "rul_1", "name": "door", "what": {"kind": "appears"}, "channels": ["chn_1"]}
    return AlertRule.model_validate(given | fields)


def watchlist(**fields: Any) -> Watchlist:
    return Watchlist.model_validate({"id": "wat_1", "name": "Staff", "kind": "allow"} | fields)


def zone(**fields: Any) -> Zone:
    square = [[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]]
    given = {"id": "zon_1", "name": "porch", "camera": "door", "polygon": square}
    return Zone.model_validate(given | fields)


def fence(**fields: Any) -> Fence:
    ring = [[8.0, 50.0], [8.1, 50.0], [8.1, 50.1], [8.0, 50.1], [8.0, 50.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return Fence.model_validate({"id": "fen_1", "name": "yard", "geometry": geometry} | fields)


def silence(until: float, **matchers: str) -> Silence:
    return Silence.model_validate({"id": "sil_1", "until": until, "matchers": matchers})


def seen(
    subject: Subject, at_s: float = NOON_S, camera: str = "door", **fields: Any
) -> RuleObservation:
    known = subject.kind is SubjectKind.PERSON
    given: dict[str, Any] = {"state": "known" if known else "unknown", "margin": 0.2}
    if "sighting" not in fields:
        given["sighting"] = f"sgt_{subject.id}_{camera}"
    signal = fields.pop("signal", Signal.SEEN)
    return RuleObservation(signal, at_s, camera, subject, **{**given, **fields})


def at(latitude: float, longitude: float, **fields: Any) -> AlertPlace:
    return AlertPlace(latitude, longitude, **fields)


@dataclass
class House:
    """An engine and a clock that is set by hand."""

    world: Definitions
    now_s: float = NOON_S
    changes: list[AlertChange] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.engine = Engine(lambda: f"alr_{next(numbers)}")

    @classmethod
    def of(cls, *rules: AlertRule, **fields: Any) -> Self:
        fields.setdefault("site", Site())
        return cls(Definitions(rules=rules, **fields))

    def see(self, subject: Subject, camera: str = "door", **fields: Any) -> list[AlertChange]:
        return self.hear(seen(subject, self.now_s, camera, **fields))

    def hear(self, observation: RuleObservation) -> list[AlertChange]:
        return self._keep(self.engine.take(observation, self.now_s, self.world))

    def wait(self, seconds: float, step_s: float = 1.0) -> list[AlertChange]:
        """Time passes, second by second."""
        until_s, found = self.now_s + seconds, list[AlertChange]()
        while self.now_s < until_s:
            self.now_s = min(until_s, self.now_s + step_s)
            found += self._keep(self.engine.tick(self.now_s, self.world))
        return found

    def change(self, **fields: Any) -> None:
        self.world = replace(self.world, **fields)

    def told(self) -> list[str]:
        """What was told so far: the notice and the alert."""
        return [f"{one.notice} {one.alert.id}" for one in self.changes if one.notice]

    def states(self) -> list[str]:
        return [alert.state for alert in self.alerts.values()]

    def _keep(self, changes: Sequence[AlertChange]) -> list[AlertChange]:
        self.changes += changes
        self.alerts |= {one.alert.id: one.alert for one in changes}
        return list(changes)
