"""An alert whose sighting turned out to be of somebody else."""

from __future__ import annotations

from dataclasses import replace

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.matching import match
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import RuleObservation, Subject, SubjectKind
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.alerts.states.sheet import key_of, seen_again
from lookout.server.storage.alert_records import Alert


def corrected(
    alert: Alert, before: Subject, seen: RuleObservation, world: Definitions, *, taken: bool
) -> Alert:
    """The alert, about `seen.subject` from now on.

    It goes on where it had no name before and its rule matches the new one, unless there is an
    alert on that subject already (`taken`); else it is over. A person who was named wrongly stays
    in its detail as `was`.
    """
    after, was_named = seen.subject, before.kind is SubjectKind.PERSON
    detail = {**alert.detail, "was": before.id if was_named else None, "state": seen.state}
    renamed = replace(
        seen_again(replace(alert, detail=detail), seen),
        subject=key_of(after),
        person=after.id if after.kind is SubjectKind.PERSON else None,
        cluster=after.id if after.kind is SubjectKind.CLUSTER else None,
    )
    goes_on = not was_named and not taken and _still_matches(alert, seen, world)
    if not goes_on and AlertState(alert.state).active:
        told = alert.told_s is not None
        state = AlertState.RESOLVED if told else AlertState.EXPIRED
        renamed = replace(renamed, state=state.value, ended_s=seen.at_s, due_s=None)
    return replace(renamed, escalate_s=None) if was_named else renamed


def _still_matches(alert: Alert, seen: RuleObservation, world: Definitions) -> bool:
    """Whether the rule would match the person whom it has turned out to be."""
    rule, kept = world.rules_by_id.get(alert.rule), alert.detail
    zone, fence, seconds = kept.get("zone"), kept.get("fence"), kept.get("seconds", 0.0)
    moment = Moment(
        What(alert.what),
        alert.began_s,
        seen.subject,
        seen,
        zone=zone if isinstance(zone, str) else None,
        fence=fence if isinstance(fence, str) else None,
        seconds=seconds if isinstance(seconds, float) else 0.0,
    )
    return rule is not None and match(rule, moment, world).matched
