"""Counts, and what happened."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.schemas.common import DEFAULT_LIMIT, Cursor, Limit, PageOf, Since
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.live.camera_board import Condition
from lookout.server.sightings.event_kind import EventKind
from lookout.server.storage.records import Event, EventFilter, SightingFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["overview"])


class Statistics(BaseModel):
    """`sightings` and `unknown` are those since the time that was asked for."""

    people: int
    samples: int
    people_with_samples: int
    sightings: int
    unknown: int
    cameras_online: int


class EventOut(BaseModel):
    """Something that happened: somebody came, a camera came or was lost."""

    id: str
    kind: str
    at: float
    camera: str
    person: str | None
    sighting: str | None
    detail: dict[str, object]

    @classmethod
    def of(cls, event: Event) -> EventOut:
        return cls(
            id=event.id,
            kind=event.kind,
            at=event.at_s,
            camera=event.camera,
            person=event.person,
            sighting=event.sighting,
            detail=dict(event.detail),
        )


@router.get("/events")
@allow(Scope.SIGHTINGS_READ)
def events(
    parts: Deps,
    trail: Trailing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    kind: EventKind | None = None,
    camera: Annotated[str | None, Query(max_length=200)] = None,
    person: Annotated[str | None, Query(max_length=200)] = None,
    since: Since = None,
    until: Since = None,
) -> PageOf[EventOut]:
    """What happened, latest first; every filter that is given must hold."""
    which = EventFilter(
        kind=None if kind is None else kind.value,
        camera=camera,
        person=person,
        since_s=since,
        until_s=until,
    )
    page = parts.store.events.page(limit, cursor, which)
    trail.note("events.read", person or "")
    return PageOf(items=[EventOut.of(one) for one in page.items], cursor=page.cursor)


@router.get("/statistics")
@allow(Scope.SIGHTINGS_READ)
def statistics(parts: Deps, since: Since = None) -> Statistics:
    """How much there is of what."""
    store, now_s = parts.store, time.monotonic()
    cameras = [camera.condition(now_s) for camera in parts.cameras()]
    return Statistics(
        people=store.people.count(),
        samples=store.samples.count(),
        people_with_samples=len(store.samples.counts()),
        sightings=store.sightings.count(SightingFilter(since_s=since)),
        unknown=store.sightings.count(SightingFilter(since_s=since, known=False)),
        cameras_online=cameras.count(Condition.ONLINE),
    )
