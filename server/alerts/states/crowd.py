"""Many at once: what a rule would tell again and again within a minute is told together."""

from __future__ import annotations

from dataclasses import replace

from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.rules.matching import RuleVerdict
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import Subject, SubjectKind
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.alerts.states.blocking import repeat_s
from lookout.server.alerts.states.sheet import key_of, new_alert, seen_again
from lookout.server.storage.alert_records import Alert

CROWD = Subject(SubjectKind.NOBODY, "many")
"""The subject of the alert that stands for many."""


def first_of_many(alert: str, verdict: RuleVerdict, moment: Moment, now_s: float) -> Alert:
    """The alert for many, of nobody yet."""
    first = new_alert(alert, verdict, moment, AlertState.FIRING)
    return replace(first, subject=key_of(CROWD), person=None, cluster=None, told_s=now_s, count=0)


def one_more(crowd: Alert, moment: Moment) -> Alert:
    """The alert for many, with one more."""
    crowd = replace(crowd, count=crowd.count + 1)
    return crowd if moment.seen is None else seen_again(crowd, moment.seen)


def told_again(crowd: Alert, rule: AlertRule, now_s: float) -> Alert | None:
    """The alert as it is told with the newest number; None where that is too soon, or told."""
    if now_s - (crowd.told_s or now_s) < repeat_s(rule, CROWD):
        return None
    if crowd.count == crowd.detail.get("told_count", 1):
        return None
    detail = {**crowd.detail, "told_count": crowd.count}
    return replace(crowd, told_s=now_s, detail=detail)
