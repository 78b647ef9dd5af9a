"""The alerts that the book has at hand: those that are open, and those that were told last."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.rules.matching import RuleVerdict
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import RuleObservation, Signal, Subject, SubjectKind
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.storage.alert_records import Alert, Trace

STORM_COUNT = 10
STORM_S = 60.0
"""A rule that has told so often in this time tells the rest together."""
MAX_TOLD = 20_000
KEEP_TOLD_S = 7 * 86_400.0


class Key(NamedTuple):
    """What one alert stands for."""

    rule: str
    subject: Subject


def key_of(subject: Subject) -> str:
    return f"{subject.kind.value}:{subject.id}"


def subject_of(text: str) -> Subject:
    kind, _, name = text.partition(":")
    return Subject(SubjectKind(kind), name)


def new_alert(alert: str, verdict: RuleVerdict, moment: Moment, state: AlertState) -> Alert:
    """An alert on this moment. Its tag is its id."""
    seen, subject = moment.seen, moment.subject
    detail: dict[str, object] = {"words": verdict.why, "zone": moment.zone, "fence": moment.fence}
    if verdict.watchlist is not None:
        detail["list"] = verdict.watchlist.id
    if moment.seconds:
        detail["seconds"] = moment.seconds
    if moment.speed is not None:
        detail["speed"] = moment.speed
    if seen is not None:
        detail |= {"state": seen.state, "margin": seen.margin, "liveness": seen.liveness}
    return Alert(
        id=alert,
        rule=verdict.rule.id,
        subject=key_of(subject),
        what=moment.what.value,
        state=state.value,
        severity=verdict.rule.severity.value,
        began_s=moment.at_s,
        updated_s=moment.at_s,
        person=subject.id if subject.kind is SubjectKind.PERSON else None,
        cluster=subject.id if subject.kind is SubjectKind.CLUSTER else None,
        camera=moment.camera,
        sighting=moment.sighting,
        visit=None if seen is None else seen.visit,
        tag=alert,
        detail=detail,
    )


def seen_again(alert: Alert, seen: RuleObservation) -> Alert:
    """The alert, brought up to date."""
    return replace(
        alert,
        updated_s=max(alert.updated_s, seen.at_s),
        camera=seen.camera or alert.camera,
        sighting=seen.sighting or alert.sighting,
        visit=seen.visit or alert.visit,
    )


def trace_of(alert: Alert, moment: Moment, outcome: str, words: str) -> Trace | None:
    if moment.sighting is None:
        return None
    return Trace(alert.rule, moment.sighting, moment.at_s, alert.id, outcome, words)


class AlertSheet:
    """Finds alerts by key, subject and sighting. For one thread."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self._open: dict[Key, Alert] = {}
        self._told: dict[Key, Alert] = {}
        self._of: dict[Subject, dict[Key, None]] = {}
        self._storms: dict[str, deque[float]] = {}
        for alert in alerts:
            self.put(alert)

    def put(self, alert: Alert) -> None:
        """Keeps the newest state of an alert."""
        key = Key(alert.rule, subject_of(alert.subject))
        if alert.told_s is not None:
            self._told.pop(key, None)  # the newest stands last
            self._told[key] = alert
        if _is_open(alert):
            self._open[key] = alert
            self._of.setdefault(key.subject, {})[key] = None
        elif key in self._open and self._open[key].id == alert.id:
            self._close(key)

    def move(self, before: Alert, after: Alert) -> None:
        """An alert that is about somebody else from now on."""
        key = Key(before.rule, subject_of(before.subject))
        if key in self._open and self._open[key].id == before.id:
            self._close(key)
        if key in self._told and self._told[key].id == before.id:
            del self._told[key]
        after_key = Key(after.rule, subject_of(after.subject))
        if _is_open(after) or after_key not in self._told:
            self.put(after)

    def open(self, key: Key) -> Alert | None:
        return self._open.get(key)

    def current(self, alert: Alert) -> Alert:
        """The alert as it is now."""
        key = Key(alert.rule, subject_of(alert.subject))
        for found in (self._open.get(key), self._told.get(key)):
            if found is not None and found.id == alert.id:
                return found
        return alert

    def of(self, subject: Subject) -> list[Alert]:
        """The open alerts on this subject."""
        return [self._open[key] for key in self._of.get(subject, ())]

    def of_sighting(self, subject: Subject, sighting: str | None) -> list[Alert]:
        """Open alerts on this subject, and those told last, that show this sighting."""
        found = {alert.id: alert for key, alert in self._told.items() if key.subject == subject}
        found |= {alert.id: alert for alert in self.of(subject)}
        return [one for one in found.values() if sighting and one.sighting == sighting]

    def all_open(self) -> list[tuple[Key, Alert]]:
        return list(self._open.items())

    def last_told(self, key: Key, now_s: float) -> Alert | None:
        """What was told last of this key. A time in the future (the clock was set back while the
        server was off) becomes now, once, so that nothing is held back for longer than it says."""
        told = self._told.get(key)
        if told is not None and told.told_s is not None and told.told_s > now_s:
            told = self._told[key] = replace(told, told_s=now_s)
        return told

    def to_escalate(self, now_s: float) -> list[Alert]:
        """Told, not acknowledged and not resolved by hand, and due to be told to the next ones;
        those are told also when the subject has gone meanwhile."""
        return [
            alert
            for alert in self._told.values()
            if alert.escalate_s is not None
            and alert.escalate_s <= now_s
            and alert.state in (AlertState.FIRING, AlertState.RESOLVED)
        ]

    def note_told(self, rule: str, now_s: float) -> None:
        self._storms.setdefault(rule, deque(maxlen=STORM_COUNT)).append(now_s)

    def is_storm(self, rule: str, now_s: float) -> bool:
        """Whether the rule has told STORM_COUNT times in the last STORM_S."""
        told = self._storms.get(rule)
        return told is not None and len(told) == STORM_COUNT and now_s - told[0] < STORM_S

    def subject(self, alert: Alert) -> Subject:
        return subject_of(alert.subject)

    def newest(self, alert: Alert) -> RuleObservation:
        """The observation that an alert stands on, as far as the alert tells."""
        detail = alert.detail
        state, margin = detail.get("state"), detail.get("margin")
        return RuleObservation(
            signal=Signal.CAMERA_LOST if alert.what == What.CAMERA_LOST else Signal.SEEN,
            at_s=alert.updated_s,
            camera=alert.camera,
            subject=subject_of(alert.subject),
            state=state if isinstance(state, str) else "unknown",
            sighting=alert.sighting,
            visit=alert.visit,
            margin=margin if isinstance(margin, float) else None,
            liveness=str(detail.get("liveness", "off")),
        )

    def forget(self, subject: Subject) -> None:
        for key in list(self._of.get(subject, ())):
            self._close(key)
        for key in [key for key in self._told if key.subject == subject]:
            del self._told[key]

    def shift(self, by_s: float) -> None:
        """Moves every time by so many seconds."""
        self._open = {key: _shifted(alert, by_s) for key, alert in self._open.items()}
        self._told = {key: _shifted(alert, by_s) for key, alert in self._told.items()}
        for rule, told in self._storms.items():
            self._storms[rule] = deque((one + by_s for one in told), maxlen=STORM_COUNT)

    def tidy(self, now_s: float) -> None:
        """Drops what was told so long ago that it holds nothing back."""
        for key, alert in self._oldest_told():
            if len(self._told) <= MAX_TOLD and now_s - (alert.told_s or 0) < KEEP_TOLD_S:
                break
            del self._told[key]

    def _oldest_told(self) -> Iterator[tuple[Key, Alert]]:
        return iter(list(islice(self._told.items(), 100)))

    def _close(self, key: Key) -> None:
        self._open.pop(key, None)
        keys = self._of.get(key.subject)
        if keys is not None:
            keys.pop(key, None)
            if not keys:
                del self._of[key.subject]


def _is_open(alert: Alert) -> bool:
    return AlertState(alert.state).active or (
        alert.state == AlertState.SUPPRESSED and alert.ended_s is None
    )


def _shifted(alert: Alert, by_s: float) -> Alert:
    def moved(at_s: float | None) -> float | None:
        return None if at_s is None else at_s + by_s

    return replace(
        alert,
        began_s=alert.began_s + by_s,
        updated_s=alert.updated_s + by_s,
        due_s=moved(alert.due_s),
        told_s=moved(alert.told_s),
        escalate_s=moved(alert.escalate_s),
    )
