"""Alerts: who was told of what, why, and by which channels."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import RULE as RULE_NOUN
from lookout.server.alerts.definitions_io import fresh_id, read_definitions
from lookout.server.alerts.delivery.maker import MessageMaker
from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.explaining import dry_run, explain, tells
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.alerts import (
    AlertOut,
    ExplanationOut,
    ExplanationsOut,
    SuppressionOut,
    Trial,
    TriedAllOut,
    TriedOut,
)
from lookout.server.api.schemas.common import (
    DEFAULT_LIMIT,
    MAX_ID_CHARACTERS,
    Cursor,
    Id,
    Limit,
    PageOf,
    Since,
    Word,
)
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing, VisibleCameras, whole_site
from lookout.server.storage.alert_records import Alert, AlertFilter
from lookout.server.storage.errors import NotFound

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["alerts"])
latest_router = APIRouter(route_class=Guarded, tags=["alerts"])

DAY_S = 86_400.0
LONGEST_TRIAL_S = 31 * DAY_S
SightingId = Annotated[str, Query(min_length=1, max_length=MAX_ID_CHARACTERS)]


@router.get("/alerts")
@allow(Scope.SIGHTINGS_READ)
def alerts(
    parts: Deps,
    asking: Asking,
    visible: Seeing,
    trail: Trailing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    state: AlertState | None = None,
    rule: Word = None,
    person: Word = None,
    camera: Word = None,
    since: Since = None,
) -> PageOf[AlertOut]:
    """Alerts, latest first, those that were suppressed among them; every filter that is given must
    hold. `camera`: its name or id. `since`: heard of since."""
    which = AlertFilter(
        state=None if state is None else state.value,
        rule=rule,
        person=person,
        camera=camera and (parts.directory.name_of(camera) or camera),
        since_s=since,
        cameras=visible.names,
    )
    page = parts.store.alerts.page(limit, cursor, which)
    trail.note("alerts.read", person or "")
    return PageOf(items=_out(page.items, parts, asking), cursor=page.cursor)


@router.get("/alerts/explain")
@allow(Scope.SIGHTINGS_READ)
def explain_sighting(
    sighting: SightingId, parts: Deps, visible: Seeing, trail: Trailing
) -> ExplanationsOut:
    """What each rule says of a sighting: matched, or the first condition that did not hold."""
    found = visible.checked(parts.store.sightings.get(sighting))
    world = read_definitions(parts.store)
    answers = explain(parts.store, world, found, parts.directory, parts.places)
    trail.note("alerts.explain", sighting)
    return ExplanationsOut(sighting=sighting, rules=[ExplanationOut.of(one) for one in answers])


@router.get("/alerts/{alert}")
@allow(Scope.SIGHTINGS_READ)
def alert(alert: Id, parts: Deps, asking: Asking, visible: Seeing, trail: Trailing) -> AlertOut:
    """One alert and its deliveries."""
    found = _visible(alert, parts, visible)
    trail.note("alert.read", alert)
    return _out([found], parts, asking)[0]


@router.post("/alerts/{alert}/acknowledge")
@allow(Scope.SIGHTINGS_WRITE)
def acknowledge(
    alert: Id, parts: Deps, asking: Asking, visible: Seeing, trail: Trailing
) -> AlertOut:
    """You have seen it: nobody else is told."""
    _visible(alert, parts, visible)
    said = desk.acknowledge(parts.store, alert, asking.name, time.time())
    trail.note("alert.acknowledge", alert)
    return _out([said], parts, asking)[0]


@router.post("/alerts/{alert}/resolve")
@allow(Scope.SIGHTINGS_WRITE)
def resolve(alert: Id, parts: Deps, asking: Asking, visible: Seeing, trail: Trailing) -> AlertOut:
    """It is over."""
    _visible(alert, parts, visible)
    said = desk.resolve(parts.store, alert, asking.name, time.time())
    trail.note("alert.resolve", alert)
    return _out([said], parts, asking)[0]


@router.post("/alerts/{alert}/resend")
@allow(Scope.SIGHTINGS_WRITE)
def resend(alert: Id, parts: Deps, asking: Asking, visible: Seeing, trail: Trailing) -> AlertOut:
    """Try the messages again that were given up, under the same ids."""
    found = _visible(alert, parts, visible)
    again = desk.resend(parts.store, alert, time.time())
    trail.note("alert.resend", alert, count=len(again))
    return _out([found], parts, asking)[0]


@router.post("/rules/dry-run", dependencies=[Depends(whole_site)])
@allow(Scope.SIGHTINGS_READ)
def try_rule(given: Trial, parts: Deps, trail: Trailing) -> TriedAllOut:
    """What a rule would have led to, had it been the only one; nobody is told anything."""
    until = time.time() if given.until is None else given.until
    since = max(0.0, until - DAY_S) if given.since is None else given.since
    if not 0 <= until - since <= LONGEST_TRIAL_S:
        raise BadRequest("bad_stretch", "A rule is tried on at most 31 days, from since to until.")
    world = read_definitions(parts.store)
    rule = AlertRule.model_construct(
        **{name: getattr(given.rule, name) for name in type(given.rule).model_fields},
        id=fresh_id(RULE_NOUN),
    )
    changes = dry_run(parts.store, world, rule, since, until, parts.directory, parts.places)
    trail.note("rule.try")
    items = [
        TriedOut(
            at=one.alert.updated_s,
            notice=one.notice.value if one.notice else None,
            what=one.alert.what,
            person=one.alert.person,
            cluster=one.alert.cluster,
            camera=one.alert.camera,
            sighting=one.alert.sighting,
            words=one.trace.words if one.trace else str(one.alert.detail.get("words", "")),
            suppressed_by=SuppressionOut.model_validate(dict(one.alert.suppressed_by))
            if one.alert.suppressed_by
            else None,
        )
        for one in tells(changes)
    ]
    return TriedAllOut(items=items)


@latest_router.get("/alerts/latest")
@allow(Scope.SIGHTINGS_READ)
def latest(parts: Deps, asking: Asking, visible: Seeing, trail: Trailing) -> AlertOut | None:
    """The latest alert that was told, or null."""
    cursor = None
    for _ in range(10):
        page = parts.store.alerts.page(100, cursor, AlertFilter(cameras=visible.names))
        for one in page.items:
            if one.told_s is not None:
                trail.note("alert.read", one.id)
                return _out([one], parts, asking)[0]
        cursor = page.cursor
        if cursor is None:
            break
    trail.note("alert.read")
    return None


def _visible(alert: str, parts: Dependencies, visible: VisibleCameras) -> Alert:
    found = parts.store.alerts.get(alert)
    if not visible.sees(found.camera):
        raise NotFound(f"there is no alert {alert!r:.60}")
    return found


def _out(alerts: Sequence[Alert], parts: Dependencies, asking: Principal) -> list[AlertOut]:
    world = read_definitions(parts.store)
    deliveries = list(parts.store.deliveries.of([one.id for one in alerts]))
    maker, with_name = MessageMaker(parts.store), asking.may(Scope.PEOPLE_READ)
    return [
        AlertOut.of(one, deliveries, world, maker, parts.directory, with_name=with_name)
        for one in alerts
    ]
