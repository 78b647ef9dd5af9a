"""Whether a match is told, and the alert that is."""

from __future__ import annotations

from dataclasses import replace

from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.states.alert_state import AlertState, Notice
from lookout.server.alerts.states.blocking import Blocker, cooling, inhibited, muted, silenced
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.states.opening import may_open
from lookout.server.alerts.states.sheet import AlertSheet, Key, trace_of
from lookout.server.storage.alert_records import Alert


class Telling:
    """Decides by the alerts at hand, and notes what is told. For one thread."""

    def __init__(self, sheet: AlertSheet) -> None:
        self._sheet = sheet

    def blocker(
        self, rule: AlertRule, moment: Moment, now_s: float, world: Definitions
    ) -> Blocker | None:
        """What keeps this moment from being told; None: nothing."""
        firing = [one for one in self._sheet.of(moment.subject) if one.state == AlertState.FIRING]
        told = self._sheet.last_told(Key(rule.id, moment.subject), now_s)
        return (
            muted(moment, world)
            or silenced(rule, moment, world, now_s)
            or inhibited(rule, world, firing)
            or cooling(rule, moment, told, now_s, world)
        )

    def fire(
        self,
        alert: Alert,
        rule: AlertRule,
        moment: Moment,
        now_s: float,
        world: Definitions,
        words: str,
    ) -> AlertChange:
        """The alert, told at `now_s` because of `words`."""
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

    def matured(
        self,
        alert: Alert,
        rule: AlertRule,
        moment: Moment,
        now_s: float,
        world: Definitions,
        words: str,
    ) -> AlertChange:
        """What was pending is certain: it is told, unless something has come between."""
        blocker = self.blocker(rule, moment, now_s, world)
        if blocker is None:
            return self.fire(alert, rule, moment, now_s, world, words)
        alert = replace(
            alert, state=AlertState.SUPPRESSED.value, due_s=None, suppressed_by=blocker.plain()
        )
        self._sheet.put(alert)
        words = f"not told: {blocker.words}"
        return AlertChange(alert, None, (), trace_of(alert, moment, "suppressed", words))
