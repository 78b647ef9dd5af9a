"""What happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.schemas.common import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    PageOf,
    Since,
    Word,
)
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.api.services.base_path import placed
from lookout.server.events.rights import may_see, readable_types, types_of_no_camera
from lookout.server.events.types import EventType, OldKind
from lookout.server.storage.records import Event, EventFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["events"])

Kind = EventType | OldKind


class EventOut(BaseModel):
    """Something that happened: somebody came, a camera came or was lost.

    number: its place among all events. kind: its old name where it had one, else its type.
    envelope: the event as sockets, MQTT and webhooks tell it.
    """

    id: str
    number: int
    kind: str
    type: str
    at: float
    camera: str
    person: str | None
    sighting: str | None
    cluster: str | None
    visit: str | None
    detail: dict[str, object]
    envelope: dict[str, Any]

    @classmethod
    def of(cls, event: Event, envelope: dict[str, Any]) -> EventOut:
        return cls(
            id=event.id,
            number=event.number,
            kind=event.old_kind or event.kind,
            type=event.kind,
            at=event.at_s,
            camera=event.camera,
            person=event.person,
            sighting=event.sighting,
            cluster=event.cluster,
            visit=event.visit,
            detail=dict(event.detail),
            envelope=placed(envelope),
        )


@router.get("/events")
@allow(Scope.SIGHTINGS_READ)
def events(
    parts: Deps,
    asking: Asking,
    trail: Trailing,
    visible: Seeing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    types: Annotated[
        list[Kind], Query(alias="type", max_length=40, description="one of these; may be repeated")
    ] = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[Kind | None, Query(description="the same as one `type`")] = None,
    camera: Word = None,
    person: Word = None,
    since: Since = None,
    until: Since = None,
    since_id: Annotated[
        int | None, Query(ge=0, lt=2**63, description="events after this `number`, oldest first")
    ] = None,
) -> PageOf[EventOut]:
    """What happened, latest first, or after `since_id` oldest first; every filter that is given
    must hold. Of what whoever asks may not know, nothing is told."""
    readable = readable_types(asking)
    wanted = {*types, *([] if kind is None else [kind])}
    which = EventFilter(
        kinds=_kinds(wanted, readable),
        camera=camera,
        person=person,
        since_s=since,
        until_s=until,
        cameras=visible.names,
        anywhere=types_of_no_camera(),
    )
    trail.note("events.read", person or "")
    if since_id is not None:
        return PageOf(items=_told(parts, _after(parts, asking, since_id, limit, which)))
    page = parts.store.events.page(limit, cursor, which)
    told = [event for event in page.items if may_see(asking, event, parts.directory)]
    return PageOf(items=_told(parts, told), cursor=page.cursor)


def _after(
    parts: Dependencies, asking: Principal, number: int, limit: int, which: EventFilter
) -> list[Event]:
    """The next events that may be seen; none only where there is none."""
    while found := parts.store.events.since(number, limit, which):
        told = [event for event in found if may_see(asking, event, parts.directory)]
        if told:
            return told
        number = found[-1].number
    return []


def _told(parts: Dependencies, events: Sequence[Event]) -> list[EventOut]:
    envelopes = parts.envelopes.of_all(events)
    return [EventOut.of(*pair) for pair in zip(events, envelopes, strict=True)]


def _kinds(wanted: set[Kind], readable: frozenset[EventType]) -> tuple[str, ...]:
    """The types to look for. An old kind stands for events of sightings or cameras, which everybody
    may read who may read events at all."""
    if not wanted:
        return tuple(sorted(readable))
    return tuple(sorted(kind for kind in wanted if isinstance(kind, OldKind) or kind in readable))
