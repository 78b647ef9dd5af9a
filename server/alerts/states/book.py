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
from lookout.server.alerts.states.blocking import (
    Blocker,
    cooling,
    inhibited,
    muted,
    silenced,
)
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.states.correcting import corrected
from lookout.server.alerts.states.crowd import CROWD, first_of_many, one_more, told_again
from lookout.server.alerts.states.opening import may_open
from lookout.server.alerts.states.sheet import (
    AlertSheet,
    Key,
    new_alert,
    seen_again,
    trace_of,
)
from lookout.server.storage.alert_records import Alert, Trace

DECIDE_S = 2.0
"""How long an undecided face may become somebody before a rule about unknown people fires."""
LOST_S = 60.0
"""How long a camera is lost before that is told, unless the rule says otherwise."""
OVER_S = 60.0
"""After the last moment of a subject that is not there any more, an alert is over."""
EXPIRE_S = 86_400.0
FRESHER_S = 10.0
"""The picture of an alert is renewed so often, and at once where the camera is another."""


class Book:
    """For one thread. `ids` makes ids of alerts."""

    def __init__(self, ids: Callable[[], str], alerts: Iterable[Alert] = ()) -> None:
        """alerts: those that are not over or were told of late, the oldest first."""
        self._ids = ids
        self._sheet = AlertSheet(alerts)
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
        blocker = self._blocker(rule, moment, now_s, world)
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
        return [self._fire(alert, rule, moment, now_s, world, verdict.why)]

    def seen(self, seen: RuleObservation) -> list[AlertChange]:
        """An observation of somebody of whom alerts are open: camera and picture are renewed."""
        changes = []
        for alert in self._sheet.of(seen.subject):
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
        changes = []
        self._tags.clear()
        for alert in self._sheet.of_sighting(before, seen.sighting):
            if alert.told_s is not None and seen.sighting:
                self._tags[seen.sighting] = alert.tag
            changes.append(self._renamed(alert, before, seen, now_s, world))
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
            changes.append(self._end(alert, state, at_s, Notice.ENDED if told else None))
        return changes

    def tick(
        self, now_s: float, world: Definitions, is_here: Callable[[Subject], bool]
    ) -> list[AlertChange]:
        """What the passing of time leads to."""
        changes: list[AlertChange] = []
        for alert in self._sheet.all_open():
            changes += self._passing(alert, now_s, world, is_here)
        for alert in self._sheet.to_escalate(now_s):
            rule = world.rules_by_id.get(alert.rule)
            alert = replace(alert, escalate_s=None)
            self._sheet.put(alert)
            if rule is not None and rule.escalate is not None:
                changes.append(AlertChange(alert, Notice.ESCALATED, rule.escalate.channels))
        self._sheet.tidy(now_s)
        return changes

    def changed_outside(self, alert: Alert) -> None:
        """Somebody has acknowledged or resolved an alert, over HTTP or by the command."""
        self._sheet.put(alert)

    def forget(self, subject: Subject) -> None:
        """A person was forgotten."""
        self._sheet.forget(subject)

    def shift(self, by_s: float) -> None:
        """The machine's clock was set by so much."""
        self._sheet.shift(by_s)

    def _blocker(
        self, rule: AlertRule, moment: Moment, now_s: float, world: Definitions
    ) -> Blocker | None:
        firing = [one for one in self._sheet.of(moment.subject) if one.state == AlertState.FIRING]
        told = self._sheet.last_told(Key(rule.id, moment.subject), now_s)
        return (
            muted(moment, world)
            or silenced(rule, moment, world, now_s)
            or inhibited(rule, world, firing)
            or cooling(rule, moment, told, now_s, world)
        )

    def _fire(
        self,
        alert: Alert,
        rule: AlertRule,
        moment: Moment,
        now_s: float,
        world: Definitions,
        words: str,
    ) -> AlertChange:
        escalate_s = now_s + rule.escalate.after_s if rule.escalate else None
        alert = replace(
            alert,
            state=AlertState.FIRING.value,
            due_s=None,
            told_s=now_s,
            escalate_s=escalate_s,
            suppressed_by=None,
            severity=rule.severity.value,
        )
        channels, refused = may_open(rule, moment.seen, world.opening)
        self._sheet.put(alert)
        self._sheet.note_told(rule.id, now_s)
        if refused:
            words = f"{words}; nothing was opened: {refused}"
        return AlertChange(alert, Notice.TOLD, channels, trace_of(alert, moment, "told", words))

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
        if (held_back or more) and self._blocker(rule, moment, now_s, world) is None:
            return self._fire(alert, rule, moment, now_s, world, verdict.why)
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
    ) -> AlertChange:
        taken = self._sheet.open(Key(alert.rule, seen.subject)) is not None
        renamed = corrected(alert, before, seen, world, taken=taken)
        self._sheet.move(alert, renamed)
        was_named = before.kind is SubjectKind.PERSON
        words = "it was somebody else" if was_named else "who it is has become known"
        trace = None
        if seen.sighting:
            trace = Trace(alert.rule, seen.sighting, now_s, alert.id, "corrected", words)
        notice = Notice.CORRECTED if was_named else Notice.PRECISE
        return AlertChange(renamed, notice if alert.told_s is not None else None, (), trace)

    def _passing(
        self, alert: Alert, now_s: float, world: Definitions, is_here: Callable[[Subject], bool]
    ) -> Iterator[AlertChange]:
        rule = world.rules_by_id.get(alert.rule)
        subject = self._sheet.subject(alert)
        if alert.state == AlertState.PENDING:
            if rule is None or not rule.enabled:
                yield self._end(alert, AlertState.EXPIRED, now_s, None)
            elif alert.due_s is not None and now_s >= alert.due_s:
                yield self._matured(alert, rule, subject, now_s, world)
            return
        if subject == CROWD:
            yield from self._crowd_passing(alert, rule, now_s)
            return
        quiet_s = now_s - alert.updated_s
        if alert.what == What.CAMERA_LOST:
            return
        if alert.what == What.ABSENT:
            if is_here(subject):
                yield self._end(alert, AlertState.RESOLVED, now_s, Notice.ENDED)
            return
        if quiet_s >= OVER_S and not is_here(subject):
            suppressed = alert.state == AlertState.SUPPRESSED
            state = AlertState.SUPPRESSED if suppressed else AlertState.RESOLVED
            yield self._end(alert, state, alert.updated_s, None if suppressed else Notice.ENDED)
        elif quiet_s >= EXPIRE_S:
            yield self._end(alert, AlertState.EXPIRED, now_s, None)

    def _matured(
        self, alert: Alert, rule: AlertRule, subject: Subject, now_s: float, world: Definitions
    ) -> AlertChange:
        """What was pending has lasted long enough: it fires, unless something has come between."""
        seen = self._sheet.newest(alert)
        moment = Moment(What(alert.what), alert.began_s, subject, seen)
        blocker = self._blocker(rule, moment, now_s, world)
        if blocker is None:
            words = f"it was still so after {now_s - alert.began_s:.0f} s"
            return self._fire(alert, rule, moment, now_s, world, words)
        alert = replace(
            alert, state=AlertState.SUPPRESSED.value, due_s=None, suppressed_by=blocker.plain()
        )
        self._sheet.put(alert)
        words = f"not told: {blocker.words}"
        return AlertChange(alert, None, (), trace_of(alert, moment, "suppressed", words))

    def _crowd_passing(
        self, alert: Alert, rule: AlertRule | None, now_s: float
    ) -> Iterator[AlertChange]:
        again = None if rule is None else told_again(alert, rule, now_s)
        if again is not None:
            self._sheet.put(again)
            yield AlertChange(again, Notice.PRECISE)
        if now_s - alert.updated_s >= OVER_S:
            yield self._end(again or alert, AlertState.RESOLVED, alert.updated_s, Notice.ENDED)

    def _end(
        self, alert: Alert, state: AlertState, at_s: float, notice: Notice | None
    ) -> AlertChange:
        ended = replace(alert, state=state.value, ended_s=at_s, due_s=None)
        self._sheet.put(ended)
        return AlertChange(ended, notice if alert.told_s is not None else None)


def _due_s(rule: AlertRule, moment: Moment, now_s: float) -> float | None:
    """When a match that is not certain yet is told; None: at once."""
    if rule.what.kind is What.CAMERA_LOST:
        seconds = LOST_S if rule.what.seconds is None else rule.what.seconds
        return moment.at_s + seconds if moment.at_s + seconds > now_s else None
    waits = rule.who.kind in (WhoKind.UNKNOWN, WhoKind.LIST)
    if waits and moment.seen is not None and moment.seen.undecided:
        return now_s + DECIDE_S
    return None
