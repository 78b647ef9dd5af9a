"""What the passing of time makes of alerts: pending ones are told, old ones are over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lookout.server.alerts.documents.rule import AlertRule, What
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import Subject
from lookout.server.alerts.states.alert_state import AlertState, Notice
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.states.crowd import CROWD, told_again
from lookout.server.alerts.states.sheet import AlertSheet
from lookout.server.alerts.states.telling import Telling
from lookout.server.storage.alert_records import Alert

OVER_S = 60.0
"""After the last moment of a subject that is not there any more, an alert is over."""
EXPIRE_S = 86_400.0


class Passing:
    """For one thread. `passed` returns what has changed, in order."""

    def __init__(self, sheet: AlertSheet, telling: Telling) -> None:
        self._sheet = sheet
        self._telling = telling

    def passed(
        self, now_s: float, world: Definitions, is_here: Callable[[Subject], bool]
    ) -> list[AlertChange]:
        """What the time until `now_s` leads to."""
        changes: list[AlertChange] = []
        for key, alert in self._sheet.all_open():
            if not _goes_on(key.subject, alert, now_s, is_here):
                changes += self._passing(alert, now_s, world, is_here)
        for alert in self._sheet.to_escalate(now_s):
            rule = world.rules_by_id.get(alert.rule)
            alert = replace(alert, escalate_s=None)
            self._sheet.put(alert)
            if rule is not None and rule.escalate is not None:
                changes.append(AlertChange(alert, Notice.ESCALATED, rule.escalate.channels))
        self._sheet.tidy(now_s)
        return changes

    def end(
        self, alert: Alert, state: AlertState, at_s: float, notice: Notice | None
    ) -> AlertChange:
        """The alert is over; whoever was told of it is told so, where there is a notice."""
        ended = replace(alert, state=state.value, ended_s=at_s, due_s=None)
        self._sheet.put(ended)
        return AlertChange(ended, notice if alert.told_s is not None else None)

    def _passing(
        self, alert: Alert, now_s: float, world: Definitions, is_here: Callable[[Subject], bool]
    ) -> Iterator[AlertChange]:
        rule = world.rules_by_id.get(alert.rule)
        subject = self._sheet.subject(alert)
        if alert.state == AlertState.PENDING:
            if rule is None or not rule.enabled:
                yield self.end(alert, AlertState.EXPIRED, now_s, None)
            elif alert.due_s is not None and now_s >= alert.due_s:
                moment = self._moment(alert)
                words = f"it was still so after {now_s - alert.began_s:.0f} s"
                yield self._telling.matured(alert, rule, moment, now_s, world, words)
            return
        if subject == CROWD:
            yield from self._crowd(alert, rule, now_s)
            return
        quiet_s = now_s - alert.updated_s
        if alert.what == What.CAMERA_LOST:
            return
        if alert.what == What.ABSENT:
            if is_here(subject):
                yield self.end(alert, AlertState.RESOLVED, now_s, Notice.ENDED)
            return
        if quiet_s >= OVER_S and not is_here(subject):
            suppressed = alert.state == AlertState.SUPPRESSED
            state = AlertState.SUPPRESSED if suppressed else AlertState.RESOLVED
            yield self.end(alert, state, alert.updated_s, None if suppressed else Notice.ENDED)
        elif quiet_s >= EXPIRE_S:
            yield self.end(alert, AlertState.EXPIRED, now_s, None)

    def _moment(self, alert: Alert) -> Moment:
        """The moment of which a pending alert tells."""
        seen = self._sheet.newest(alert)
        return Moment(What(alert.what), alert.began_s, self._sheet.subject(alert), seen)

    def _crowd(self, alert: Alert, rule: AlertRule | None, now_s: float) -> Iterator[AlertChange]:
        again = None if rule is None else told_again(alert, rule, now_s)
        if again is not None:
            self._sheet.put(again)
            yield AlertChange(again, Notice.PRECISE)
        if now_s - alert.updated_s >= OVER_S:
            yield self.end(again or alert, AlertState.RESOLVED, alert.updated_s, Notice.ENDED)


def _goes_on(
    subject: Subject, alert: Alert, now_s: float, is_here: Callable[[Subject], bool]
) -> bool:
    """Whether time makes nothing of this alert yet. Thousands may be open, and most go on."""
    if alert.state == AlertState.PENDING or alert.what == What.ABSENT or subject == CROWD:
        return False
    quiet_s = now_s - alert.updated_s
    return quiet_s < OVER_S or (quiet_s < EXPIRE_S and is_here(subject))
