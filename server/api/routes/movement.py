"""Where somebody was: visits, their log, who was with whom, and what it sums up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from lookout.server.accounts.scopes import Scope
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import ZONE
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import (
    DEFAULT_LIMIT,
    Cursor,
    Id,
    Limit,
    PageOf,
    Since,
    Word,
)
from lookout.server.api.schemas.movement import (
    CompanyOut,
    Confirmation,
    PresenceOut,
    SuggestionOut,
    TravelTimeOut,
    VisitOut,
)
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing, VisibleCameras, whole_site
from lookout.server.api.services.stretch import stretch
from lookout.server.movement import confirmed, log, suggestions
from lookout.server.storage.visit_records import Leg, LegFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["movement"])

CameraName = Annotated[str, Path(min_length=1, max_length=200)]
WHOLE_SITE = [Depends(whole_site)]
DAY_S = 86_400.0
LOG_ANSWER: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/csv": {}, "application/geo+json": {}}}
}


class LogFormat(StrEnum):
    """The forms of the log."""

    JSON = "json"
    CSV = "csv"
    GEOJSON = "geojson"


@router.get("/visits", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_READ)
def visits(
    parts: Deps,
    trail: Trailing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    person: Word = None,
    cluster: Word = None,
    camera: Word = None,
    since: Since = None,
    until: Since = None,
) -> PageOf[VisitOut]:
    """Visits, the latest first; every filter that is given must hold."""
    which = LegFilter(person, cluster, camera, since_s=since, until_s=until)
    page = parts.store.visits.page(limit, cursor, which)
    names = _names(parts, (visit.person for visit in page.items))
    trail.note("visits.read", person or cluster or "")
    return PageOf(items=[VisitOut.of(visit, names) for visit in page.items], cursor=page.cursor)


@router.get("/visits/{visit}", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_READ)
def visit(visit: Id, parts: Deps, trail: Trailing) -> VisitOut:
    """One visit; its way is in `/movement/log?visit=`."""
    found = parts.store.visits.get(visit)
    trail.note("visit.read", visit)
    return VisitOut.of(found, _names(parts, [found.person]))


@router.get("/movement/log", response_model=PageOf[log.LogRow], responses=LOG_ANSWER)
@allow(Scope.SIGHTINGS_READ)
def movement_log(
    parts: Deps,
    trail: Trailing,
    visible: Seeing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    person: Word = None,
    cluster: Word = None,
    camera: Word = None,
    visit: Word = None,
    since: Since = None,
    until: Since = None,
    format: LogFormat = LogFormat.JSON,
) -> PageOf[log.LogRow] | Response:
    """Who was where and when, and how they came there, the latest first: as JSON, or as `csv` or
    `geojson` whose next page is named by the header `X-Next-Cursor`."""
    which = LegFilter(person, cluster, camera, visit, since, until, visible.names)
    page = parts.store.movements.legs(limit, cursor, which)
    names = _names(parts, (leg.person for leg in page.items))
    graph, positions, zones = (
        parts.travel.graph(),
        log.positions(parts.directory.all()),
        _zones(parts),
    )
    rows = [log.log_row(_shown(leg, visible), graph, names, positions, zones) for leg in page.items]
    trail.note("movement.read", person or cluster or visit or "")
    if format is LogFormat.JSON:
        return PageOf(items=rows, cursor=page.cursor)
    return _file(rows, format, page.cursor)


@router.get("/movement/travel", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_READ)
def travel(parts: Deps) -> list[TravelTimeOut]:
    """The times between cameras, as the walks of named people have shown them."""
    return [TravelTimeOut.of(time) for time in parts.travel.graph()]


@router.put("/movement/travel/{from_camera}/{to_camera}", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_WRITE)
def confirm_travel(
    from_camera: CameraName,
    to_camera: CameraName,
    given: Confirmation,
    parts: Deps,
    trail: Trailing,
) -> TravelTimeOut:
    """Confirms what was learned of the way between two cameras, or takes that back."""
    time = parts.travel.graph().get(from_camera, to_camera)
    if time is None:
        raise BadRequest(
            "invalid_request", "Nobody who has a name was seen to go from this camera to that one."
        )
    confirmed.set_confirmed(parts.store.settings, (from_camera, to_camera), given.confirmed)
    trail.note("travel.confirm", confirmed=given.confirmed)
    return TravelTimeOut.of(replace(time, confirmed=given.confirmed))


@router.get("/movement/suggestions", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_READ)
def suggested(parts: Deps, trail: Trailing, since: float, until: float) -> list[SuggestionOut]:
    """Whom unknown people of a stretch of time may be, at most a day: those whose walk alone fits.
    They are called nothing by it."""
    if not 0 <= until - since <= DAY_S:
        raise BadRequest(
            "invalid_request", "Ask for at most one day: `until` is up to 86,400 s after `since`."
        )
    graph = parts.travel.graph()
    cameras = sorted({time.from_camera for time in graph} | {time.to_camera for time in graph})
    unnamed = parts.store.movements.between(since, until, cameras, 200)
    named = _named_legs(parts, since, until)
    found = suggestions.suggest(unnamed, named, graph)
    names = _names(parts, (suggestion.person for suggestion in found))
    trail.note("movement.suggestions")
    return [
        SuggestionOut(
            sighting=suggestion.sighting,
            cluster=suggestion.cluster,
            camera=suggestion.camera,
            at=suggestion.at_s,
            person=suggestion.person,
            name=names.get(suggestion.person),
            from_camera=suggestion.from_camera,
            to_camera=suggestion.to_camera,
        )
        for suggestion in found
    ]


@router.get("/movement/together", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_READ)
def together(
    person: Annotated[str, Query(min_length=1, max_length=64)],
    parts: Deps,
    trail: Trailing,
    since: Since = None,
    until: Since = None,
    slack_s: Annotated[float, Query(ge=0, le=600)] = 30.0,
    limit: Limit = DEFAULT_LIMIT,
) -> list[CompanyOut]:
    """Who was at the same camera as this person with at most `slack_s` between them."""
    parts.store.people.get(person)
    found = parts.store.movements.company(person, *stretch(since, until), slack_s, limit)
    names = _names(parts, (company.person for company in found))
    trail.note("movement.together", person)
    return [CompanyOut.of(company, names) for company in found]


@router.get("/movement/present", dependencies=WHOLE_SITE)
@allow(Scope.SIGHTINGS_READ)
def present(
    parts: Deps, trail: Trailing, since: float, until: float, limit: Limit = DEFAULT_LIMIT
) -> list[PresenceOut]:
    """Who was here in that time and where, the longest first."""
    found = parts.store.movements.present(*stretch(since, until), limit)
    names = _names(parts, (presence.person for presence in found))
    trail.note("movement.present")
    return [PresenceOut.of(presence, names) for presence in found]


def _shown(leg: Leg, visible: VisibleCameras) -> Leg:
    """The leg, without those other cameras of which whoever asks may not know."""
    leg = replace(leg, beside=tuple(filter(visible.sees, leg.beside)))
    if leg.from_camera is None or visible.sees(leg.from_camera):
        return leg
    return replace(leg, from_camera=None, left_s=None)


def _zones(parts: Dependencies) -> dict[str, str]:
    """The names of zones by id."""
    return {zone.id: zone.name for zone in desk.all_kept(parts.store, ZONE)}


def _named_legs(parts: Dependencies, since_s: float, until_s: float) -> list[Leg]:
    """The legs of named people in that time."""
    which = LegFilter(since_s=since_s, until_s=until_s)
    return [
        leg for leg in parts.store.movements.legs(1000, which=which).items if leg.person is not None
    ]


def _names(parts: Dependencies, people: Iterable[str | None]) -> dict[str, str]:
    wanted = sorted({person for person in people if person is not None})
    return {person.id: person.name for person in parts.store.people.many(wanted)}


def _file(rows: list[log.LogRow], format: LogFormat, cursor: str | None) -> Response:
    if format is LogFormat.CSV:
        text, media_type = log.to_csv(rows), "text/csv; charset=utf-8"
    else:
        text, media_type = log.to_geojson(rows), "application/geo+json"
    response = Response(text, media_type=media_type)
    if cursor is not None:
        response.headers["X-Next-Cursor"] = cursor
    return response
