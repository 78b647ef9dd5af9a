"""Why somebody was told of a sighting, or not: each rule's answer in words; and the same for rules
that are only tried."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.engine import Engine
from lookout.server.alerts.hearing import SIGNALS, Places, observation_of
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.matching import match
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import (
    RuleObservation,
    Signal,
    Subject,
    SubjectKind,
)
from lookout.server.alerts.rules.presence import GONE_S, RulePresence
from lookout.server.alerts.states.change import AlertChange
from lookout.server.events.cameras import CameraIds
from lookout.server.storage.records import EventFilter, Sighting, new_id
from lookout.server.storage.store import Store

MOST_EVENTS = 20_000
MOST_TRIED = 500
STEP_S = 10.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule says of one sighting.

    outcome: `told`, `updated`, `suppressed`, `pending`, `corrected`, or `none`.
    alert:   the alert that came of it, or empty.
    """

    rule: AlertRule
    matched: bool
    outcome: str
    words: str
    alert: str = ""


def explain(
    store: Store, world: Definitions, sighting: Sighting, directory: CameraIds, places: Places
) -> list[Explanation]:
    """The answer of every rule, in their order. Raises StorageError."""
    traces = store.alerts.traces(sighting.id)
    moments = _moments_of(sighting, world, directory, places)
    found = []
    for rule in world.rules:
        own = [trace for trace in traces if trace.rule == rule.id]
        if own:
            words = "; then: ".join(dict.fromkeys(trace.words for trace in own))
            found.append(Explanation(rule, True, own[-1].outcome, words, own[-1].alert))
        else:
            found.append(_asked_now(rule, moments, world))
    return found


def _asked_now(rule: AlertRule, moments: Sequence[Moment], world: Definitions) -> Explanation:
    """The answer of a rule that made nothing of the sighting."""
    asked = [moment for moment in moments if moment.what is rule.what.kind] or moments[:1]
    if not asked:
        return Explanation(rule, False, "none", "there is nothing that it could be asked about")
    verdicts = [match(rule, moment, world) for moment in asked]
    for verdict in verdicts:
        if verdict.matched:
            words = (
                f"{verdict.why}: it would match by itself, but no alert was made of it: the rule "
                "was not there then or was another one, or the same visit had an alert already"
            )
            return Explanation(rule, False, "none", words)
    return Explanation(rule, False, "none", verdicts[0].why)


def _moments_of(
    sighting: Sighting, world: Definitions, directory: CameraIds, places: Places
) -> list[Moment]:
    """What would have happened if nobody had been seen before."""
    subject = Subject(SubjectKind.CLUSTER, sighting.cluster or "")
    if sighting.person is not None:
        subject = Subject(SubjectKind.PERSON, sighting.person)
    margin = sighting.detail.get("margin")
    first = RuleObservation(
        Signal.SEEN,
        sighting.first_s,
        sighting.camera,
        subject,
        camera_id=directory.id_of(sighting.camera),
        state=sighting.state,
        sighting=sighting.id,
        margin=float(margin) if isinstance(margin, int | float) else None,
        place=places(sighting.camera),
    )
    presence = RulePresence()
    moments = presence.take(first, world)
    last = replace(first, at_s=sighting.last_s)
    moments += presence.take(last, world)
    presence.take(replace(last, signal=Signal.ENDED), world)
    return moments + presence.tick(sighting.last_s + GONE_S, world)


def dry_run(
    store: Store,
    world: Definitions,
    rule: AlertRule,
    since_s: float,
    until_s: float,
    directory: CameraIds,
    places: Places,
) -> list[AlertChange]:
    """What the rule would have led to, had it been the only one in this stretch of time; at most
    MOST_EVENTS of its events are asked. Raises StorageError."""
    alone = replace(world, rules=(rule,), silences=())
    engine = Engine(lambda: f"alr_{new_id()}")
    changes: list[AlertChange] = []
    now_s = since_s
    for seen in _observed(store, since_s, until_s, directory, places):
        while now_s + STEP_S < seen.at_s and now_s < seen.at_s:
            ahead_s = STEP_S if seen.at_s - now_s < 2 * GONE_S else max(STEP_S, seen.at_s - now_s)
            now_s = min(seen.at_s, now_s + ahead_s)
            changes += engine.tick(now_s, alone)
        now_s = max(now_s, seen.at_s)
        changes += engine.take(seen, now_s, alone)
        if len(changes) >= MOST_TRIED:
            return changes[:MOST_TRIED]
    for ahead_s in (1.0, GONE_S, 2 * GONE_S):
        changes += engine.tick(min(now_s + ahead_s, until_s), alone)
    return changes[:MOST_TRIED]


def _observed(
    store: Store, since_s: float, until_s: float, directory: CameraIds, places: Places
) -> Iterable[RuleObservation]:
    which = EventFilter(kinds=tuple(SIGNALS), since_s=since_s, until_s=until_s)
    found: list[RuleObservation] = []
    number = 0
    while len(found) < MOST_EVENTS:
        events = store.events.since(number, 1000, which)
        if not events:
            break
        heard = (observation_of(event, directory, places) for event in events)
        found += [seen for seen in heard if seen is not None]
        number = events[-1].number
    return sorted(found, key=lambda seen: seen.at_s)


def tells(changes: Iterable[AlertChange]) -> list[AlertChange]:
    """Those by which somebody would have been told, or kept from it."""
    return [one for one in changes if one.notice is not None or one.alert.suppressed_by]
