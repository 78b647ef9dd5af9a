"""The book of alerts: what becomes of matches, corrections and the passing of time.

One alert stands for one rule and one subject while the subject is there; further moments update it.
Nothing here reads a clock or a store; every method returns the changes that it made, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from lookout.server.alerts.documents.rule import AlertRule, Severity, What, WhoKind
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.matching import RuleVerdict
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import RuleObservation, Subject, SubjectKind
from lookout.server.alerts.states.alert_state import AlertState, Notice
from lookout.server.alerts.states.blocking import Blocker
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.states.correcting import corrected
from lookout.server.alerts.states.crowd import CROWD, first_of_many, one_more
from lookout.server.alerts.states.opening import may_open
from lookout.server.alerts.states.passing import Passing
from lookout.server.alerts.states.sheet import AlertSheet, Key, new_alert, seen_again, trace_of
from lookout.server.alerts.states.telling import Telling
from lookout.server.storage.alert_records import Alert, Trace

DECIDE_S = 2.0
"""How long an undecided face may become somebody before a rule about unknown people fires."""
LOST_S = 60.0
"""How long a camera is lost before that is told, unless the rule says otherwise."""
FRESHER_S = 10.0
"""The picture of an alert is renewed so often, and at once where the camera is another."""


class Book:
    """For one thread. `ids` makes ids of alerts."""

    def __init__(self, ids: Callable[[], str], alerts: Iterable[Alert] = ()) -> None:
        """alerts: those that are not over or were told of late, the oldest first."""
        self._ids = ids
        self._sheet = AlertSheet(alerts)
        self._telling = Telling(self._sheet)
        self._passing = Passing(self._sheet, self._telling)
        self._tags: dict[str, str] = {}

    def take(
        self,
        verdict: RuleVerdict,
        moment: Moment,
        now_s: float,
        world: Definitions,
        *,
        late: bool = False,
    ) -> list[AlertChange]:
        """What a match leads to. `late`: it happened too long ago to be told."""
        rule, key = verdict.rule, Key(verdict.rule.id, moment.subject)
        current = self._sheet.open(key)
        if current is not None:
            return [self._folded(current, verdict, moment, now_s, world)]
        blocker = self._telling.blocker(rule, moment, now_s, world)
        if blocker is None and late:
            blocker = Blocker(
                "late", "", None, "it happened while the server was off, too long ago"
            )
        if blocker is not None:
            alert = replace(
                new_alert(self._ids(), verdict, moment, AlertState.SUPPRESSED),
                suppressed_by=blocker.plain(),
            )
            self._sheet.put(alert)
            words = f"{verdict.why}; not told: {blocker.words}"
            return [AlertChange(alert, None, (), trace_of(alert, moment, "suppressed", words))]
        due_s = _due_s(rule, moment, now_s)
        if due_s is not None:
            alert = replace(
                new_alert(self._ids(), verdict, moment, AlertState.PENDING), due_s=due_s
            )
            self._sheet.put(alert)
            words = f"{verdict.why}; told if it is still so after {due_s - moment.at_s:.0f} s"
            return [AlertChange(alert, None, (), trace_of(alert, moment, "pending", words))]
        if self._sheet.is_storm(rule.id, now_s):
            return [self._crowd(verdict, moment, now_s)]
        alert = new_alert(self._ids(), verdict, moment, AlertState.FIRING)
        # what was told of this sighting before it had a name is replaced
        alert = replace(alert, tag=self._tags.get(moment.sighting or "", alert.tag))
        return [self._telling.fire(alert, rule, moment, now_s, world, verdict.why)]

    def seen(self, seen: RuleObservation, now_s: float, world: Definitions) -> list[AlertChange]:
        """An observation of somebody of whom alerts are open: what waited for the decision who it
        is is told, camera and picture are renewed."""
        changes = []
        for alert in self._sheet.of(seen.subject):
            if alert.state == AlertState.PENDING and not seen.undecided:
                changes += self._decided(alert, seen, now_s, world)
                continue
            elsewhere = alert.camera != seen.camera
            if alert.what == What.CAMERA_LOST or seen.at_s < alert.updated_s:
                continue
            if not elsewhere and seen.at_s - alert.updated_s < FRESHER_S:
                continue
            alert = seen_again(alert, seen)
            self._sheet.put(alert)
            told = alert.told_s is not None and alert.state != AlertState.SUPPRESSED
            trace = None
            if elsewhere and seen.sighting:
                words = f"the same alert, now at camera '{seen.camera}'"
                trace = Trace(alert.rule, seen.sighting, seen.at_s, alert.id, "updated", words)
            changes.append(AlertChange(alert, Notice.UPDATED if told else None, (), trace))
        return changes

    def correct(
        self, seen: RuleObservation, before: Subject, now_s: float, world: Definitions
    ) -> list[AlertChange]:
        """A sighting of `before` is one of `seen.subject`: whoever was told is told so."""
        changes: list[AlertChange] = []
        self._tags.clear()
        for alert in self._sheet.of_sighting(before, seen.sighting):
            if alert.told_s is not None and seen.sighting:
                self._tags[seen.sighting] = alert.tag
            changes += self._renamed(alert, before, seen, now_s, world)
        return changes

    def camera_back(self, camera: str, at_s: float) -> list[AlertChange]:
        """A camera that was lost sends again."""
        changes = []
        for alert in self._sheet.of(Subject(SubjectKind.CAMERA, camera)):
            came = alert.state == AlertState.PENDING
            state = AlertState.EXPIRED if came else AlertState.RESOLVED
            if alert.state == AlertState.SUPPRESSED:
                state = AlertState.SUPPRESSED
            told = alert.told_s is not None
            changes.append(self._passing.end(alert, state, at_s, Notice.ENDED if told else None))
        return changes

    def tick(
        self, now_s: float, world: Definitions, is_here: Callable[[Subject], bool]
    ) -> list[AlertChange]:
        """What the passing of time leads to."""
        return self._passing.passed(now_s, world, is_here)

    def changed_outside(self, alert: Alert) -> None:
        """Somebody has acknowledged or resolved an alert, over HTTP or by the command."""
        self._sheet.put(alert)

    def forget(self, subject: Subject) -> None:
        """A person was forgotten."""
        self._sheet.forget(subject)

    def shift(self, by_s: float) -> None:
        """The machine's clock was set by so much."""
        self._sheet.shift(by_s)

    def _decided(
        self, alert: Alert, seen: RuleObservation, now_s: float, world: Definitions
    ) -> list[AlertChange]:
        rule = world.rules_by_id.get(alert.rule)
        if rule is None or not rule.enabled:
            return []
        alert = seen_again(replace(alert, detail={**alert.detail, "state": seen.state}), seen)
        moment = Moment(What(alert.what), alert.began_s, seen.subject, seen)
        words = "it is certain now that nobody knows the face"
        return [self._telling.matured(alert, rule, moment, now_s, world, words)]

    def _folded(
        self, current: Alert, verdict: RuleVerdict, moment: Moment, now_s: float, world: Definitions
    ) -> AlertChange:
        """A further moment of an alert that is open: it is counted, and told only where the alert
        was held back and is not any more, or has become more important."""
        rule = verdict.rule
        alert = replace(current, count=current.count + 1)
        if moment.seen is not None:
            alert = seen_again(alert, moment.seen)
        more = rule.severity.rank > Severity(current.severity).rank
        held_back = current.state == AlertState.SUPPRESSED
        if (held_back or more) and self._telling.blocker(rule, moment, now_s, world) is None:
            return self._telling.fire(alert, rule, moment, now_s, world, verdict.why)
        self._sheet.put(alert)
        words = f"{verdict.why}; part of the same alert"
        outcome = "updated"
        if alert.suppressed_by is not None:
            words, outcome = f"{words}: not told: {alert.suppressed_by['words']}", "suppressed"
        return AlertChange(alert, None, (), trace_of(alert, moment, outcome, words))

    def _crowd(self, verdict: RuleVerdict, moment: Moment, now_s: float) -> AlertChange:
        """One more of many within a minute: they are told together."""
        crowd = self._sheet.open(Key(verdict.rule.id, CROWD))
        is_first = crowd is None
        crowd = crowd or first_of_many(self._ids(), verdict, moment, now_s)
        crowd = one_more(crowd, moment)
        self._sheet.put(crowd)
        words = f"{verdict.why}; told together with others, for many came within a minute"
        trace = trace_of(crowd, moment, "told", words)
        if is_first:
            return AlertChange(crowd, Notice.TOLD, verdict.rule.channels, trace)
        return AlertChange(crowd, None, (), trace)

    def _renamed(
        self,
        alert: Alert,
        before: Subject,
        seen: RuleObservation,
        now_s: float,
        world: Definitions,
    ) -> Iterator[AlertChange]:
        taken = self._sheet.open(Key(alert.rule, seen.subject)) is not None
        renamed = corrected(alert, before, seen, world, taken=taken)
        self._sheet.move(alert, renamed)
        was_named = before.kind is SubjectKind.PERSON
        words = "it was somebody else" if was_named else "who it is has become known"
        trace = None
        if seen.sighting:
            trace = Trace(alert.rule, seen.sighting, now_s, alert.id, "corrected", words)
        notice = Notice.CORRECTED if was_named else Notice.PRECISE
        yield AlertChange(renamed, notice if alert.told_s is not None else None, (), trace)
        rule = world.rules_by_id.get(alert.rule)
        if rule is not None and renamed.state == AlertState.FIRING and not was_named:
            # what opens something was not told of a face without a name
            channels, _ = may_open(rule, seen, world.opening)
            opening = tuple(one for one in channels if one in world.opening)
            if opening:
                yield AlertChange(renamed, Notice.TOLD, opening)


def _due_s(rule: AlertRule, moment: Moment, now_s: float) -> float | None:
    """When a match that is not certain yet is told; None: at once."""
    if rule.what.kind is What.CAMERA_LOST:
        seconds = LOST_S if rule.what.seconds is None else rule.what.seconds
        return moment.at_s + seconds if moment.at_s + seconds > now_s else None
    waits = rule.who.kind in (WhoKind.UNKNOWN, WhoKind.LIST)
    if waits and moment.seen is not None and moment.seen.undecided:
        return now_s + DECIDE_S
    return None
