"""What movement sums up to: days, dwell, flow, busiest hours, occupancy."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import (
    Since,
    Word,
)
from lookout.server.api.schemas.movement import DayOut, DwellOut, FlowOut, Hours, Occupancy
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import whole_site
from lookout.server.api.services.stretch import Zone, stretch, zone_of
from lookout.server.movement import analytics
from lookout.server.storage.visit_records import LegFilter

router = APIRouter(
    prefix="/api/v1/movement",
    route_class=Guarded,
    tags=["movement"],
    dependencies=[Depends(whole_site)],
)

SUMMED_UP = 50_000
MOST_STEPS = 2000
DAY_S = 86_400.0


@router.get("/days")
@allow(Scope.SIGHTINGS_READ)
def days(
    person: Annotated[str, Query(min_length=1, max_length=64)],
    parts: Deps,
    trail: Trailing,
    zone: Zone = "UTC",
) -> list[DayOut]:
    """The first and last moment of each day of a person, in the latest 1,000 visits."""
    parts.store.people.get(person)
    found = parts.store.visits.page(1000, which=LegFilter(person=person)).items
    trail.note("movement.days", person)
    return [
        DayOut(date=day.date, first=day.first_s, last=day.last_s, visits=day.visits)
        for day in analytics.days(found, zone_of(zone))
    ]


@router.get("/dwell")
@allow(Scope.SIGHTINGS_READ)
def dwell(parts: Deps, since: float, until: float) -> list[DwellOut]:
    """How long people stayed at each camera, the busiest first."""
    rows = parts.store.movements.present(*stretch(since, until), SUMMED_UP)
    return [DwellOut.model_validate(row, from_attributes=True) for row in analytics.dwell(rows)]


@router.get("/flow")
@allow(Scope.SIGHTINGS_READ)
def flow(parts: Deps, since: Since = None, until: Since = None) -> list[FlowOut]:
    """How many walks of named people led from camera to camera, in their latest 50,000 sightings of
    that time."""
    walks = parts.store.movements.transitions(*stretch(since, until), SUMMED_UP)
    return [FlowOut.model_validate(row, from_attributes=True) for row in analytics.flows(walks)]


@router.get("/hours")
@allow(Scope.SIGHTINGS_READ)
def hours(
    parts: Deps,
    trail: Trailing,
    since: Since = None,
    until: Since = None,
    person: Word = None,
    zone: Zone = "UTC",
) -> Hours:
    """The busiest hours of the week and the busiest cameras, of everybody or of one person."""
    rows = parts.store.movements.hours(*stretch(since, until), person)
    if person is not None:
        trail.note("movement.hours", person)
    week = analytics.week(rows, zone_of(zone))
    by_hour = analytics.day_by_place(rows, zone_of(zone))
    return Hours(
        zone=zone,
        week=[list(day) for day in week],
        cameras=analytics.places(rows),
        by_hour={camera: list(counts) for camera, counts in by_hour.items()},
    )


@router.get("/occupancy")
@allow(Scope.SIGHTINGS_READ)
def occupancy(
    parts: Deps,
    since: float,
    until: float,
    step: Annotated[float, Query(ge=1, le=DAY_S)] = 300.0,
) -> Occupancy:
    """How many people were at the site from step to step, by their visits: the latest 1,000."""
    since, until = stretch(since, until)
    if (until - since) / step > MOST_STEPS:
        raise BadRequest(
            "invalid_request", f"That is more than {MOST_STEPS:,} steps: take a longer `step`."
        )
    found = parts.store.visits.page(1000, which=LegFilter(since_s=since, until_s=until)).items
    return Occupancy(
        since=since, step=step, people=list(analytics.occupancy(found, since, until, step))
    )
