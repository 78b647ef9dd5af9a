"""Which channels of a rule may be used: one that opens something needs a decided name."""

from __future__ import annotations

from lookout.server.alerts.documents.rule import AlertRule, What
from lookout.server.alerts.rules.observation import RuleObservation, SubjectKind

LEAST_MARGIN = 0.05
"""Of the encoder's distance, to the next person: less is twins, or a poor view."""


def may_open(
    rule: AlertRule, seen: RuleObservation | None, opening: frozenset[str]
) -> tuple[tuple[str, ...], str]:
    """The channels of the rule that may be told at once, and why the others may not, or ''."""
    if not opening.intersection(rule.channels):
        return rule.channels, ""
    why_not = _why_not(rule, seen)
    if not why_not:
        return rule.channels, ""
    return tuple(one for one in rule.channels if one not in opening), why_not


def _why_not(rule: AlertRule, seen: RuleObservation | None) -> str:
    if rule.what.kind not in (What.APPEARS, What.ENTERS, What.STAYS):
        return "only somebody who is there may be let in"
    if seen is None or seen.subject.kind is not SubjectKind.PERSON or seen.state != "known":
        return "the face has no decided name"
    if seen.margin is None:
        return "the margin to the next person is not known"
    if seen.margin < LEAST_MARGIN:
        return (
            f"the next person is too near (margin {seen.margin:.2f}, {LEAST_MARGIN:.2f} is needed)"
        )
    if rule.require_live and seen.liveness != "live":
        return f"the rule asks for a live face, and liveness is '{seen.liveness}'"
    return ""
