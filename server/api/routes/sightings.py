"""Who was seen where and when, and the unknown among them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lookout.faces.decision.decide import State
from lookout.faces.detections import Floats
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.schemas.common import (
    DEFAULT_LIMIT,
    JPEG_ANSWER,
    Count,
    Cursor,
    Id,
    IdText,
    Limit,
    PageOf,
    Since,
    Word,
)
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.events.sightings import sighting_corrected, unknown_named
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import REJECTED, REJECTED_AT, Sighting, SightingFilter, new_id
from lookout.server.storage.store import MAX_PAGE

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["sightings"])


class SightingOut(BaseModel):
    """One person at one camera for one stretch of time.

    cluster: which unknown person it seems to be, where `person` is null.
    name: the person's, in lists, for whoever may read people.
    liveness: live, spoof or inconclusive, by the last that was seen; null where nobody looked.
    """

    id: str
    camera: str
    first: float
    last: float
    state: str
    person: str | None
    cluster: str | None
    distance: float | None
    quality: float | None
    detail: dict[str, object]
    has_image: bool
    name: str | None = None
    liveness: str | None = None

    @classmethod
    def of(cls, sighting: Sighting, name: str | None = None) -> SightingOut:
        return cls(
            id=sighting.id,
            camera=sighting.camera,
            first=sighting.first_s,
            last=sighting.last_s,
            state=sighting.state,
            person=sighting.person,
            cluster=sighting.cluster,
            distance=sighting.distance,
            quality=sighting.quality,
            detail=dict(sighting.detail),
            has_image=sighting.has_image,
            name=name,
            liveness=_liveness_of(sighting),
        )


class Assignment(BaseModel):
    """Who an unknown person is."""

    person: IdText


@router.get("/sightings")
@allow(Scope.SIGHTINGS_READ)
def sightings(
    parts: Deps,
    trail: Trailing,
    visible: Seeing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    person: Word = None,
    cluster: Word = None,
    camera: Word = None,
    state: State | None = None,
    since: Since = None,
    until: Since = None,
) -> PageOf[SightingOut]:
    """Sightings, latest first; every filter that is given must hold."""
    which = SightingFilter(
        person=person,
        cluster=cluster,
        camera=camera,
        state=None if state is None else state.value,
        since_s=since,
        until_s=until,
        cameras=visible.names,
    )
    trail.note("sightings.read", person or cluster or "")
    return _page(parts, trail, limit, cursor, which)


@router.get("/unknown")
@allow(Scope.SIGHTINGS_READ)
def unknown(
    parts: Deps,
    trail: Trailing,
    visible: Seeing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    camera: Word = None,
    since: Since = None,
    until: Since = None,
) -> PageOf[SightingOut]:
    """Sightings of people whom nobody has named, latest first."""
    which = SightingFilter(
        known=False, camera=camera, since_s=since, until_s=until, cameras=visible.names
    )
    trail.note("unknown.read")
    return _page(parts, trail, limit, cursor, which)


@router.post("/unknown/{cluster}/assign")
@allow(Scope.SIGHTINGS_WRITE)
def assign(cluster: Id, given: Assignment, parts: Deps, trail: Trailing, visible: Seeing) -> Count:
    """Say who an unknown person is; every sighting of that one gets the name."""
    parts.store.people.get(given.person)
    if visible.names is not None:
        seen = SightingFilter(cluster=cluster, cameras=visible.names)
        if not parts.store.sightings.count(seen):
            raise NotFound(f"there is no unknown person {cluster!r:.60}")
    with parts.store.transaction():
        count = parts.store.sightings.assign(cluster, given.person)
        if count:
            parts.store.events.add(unknown_named(cluster, given.person, count, time.time()))
        trail.note("unknown.assign", given.person, cluster=cluster, count=count)
    return Count(count=count)


@router.get("/sightings/{sighting}")
@allow(Scope.SIGHTINGS_READ)
def sighting(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> SightingOut:
    """One sighting."""
    found = visible.checked(parts.store.sightings.get(sighting))
    trail.note("sighting.read", sighting)
    return told([found], parts, trail)[0]


@router.get("/sightings/{sighting}/image", response_class=Response, responses=JPEG_ANSWER)
@allow(Scope.SIGHTINGS_READ)
def sighting_image(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> Response:
    """The best shot of a sighting, as JPEG."""
    if visible.names is not None:
        visible.checked(parts.store.sightings.get(sighting))
    jpeg = parts.store.sightings.image(sighting)
    trail.note("sighting.image", sighting)
    return Response(jpeg, media_type="image/jpeg")


@router.post("/sightings/{sighting}/reject")
@allow(Scope.SIGHTINGS_WRITE)
def reject(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> SightingOut:
    """This is not whom it was taken for: the sighting becomes one of somebody unknown, and a face
    like this is not called so any more, unless that person's own samples are nearer by a margin."""
    found = visible.checked(parts.store.sightings.get(sighting))
    if found.person is None:
        raise ApiError(409, "nobody_named", "This sighting has no name that could be wrong.")
    label = parts.known.snapshot().labels.get(found.person)
    # whoever has no samples is called nothing by anybody: then only the record is to be put right
    said: dict[str, object] = {REJECTED: found.person}
    if label is not None:
        said[REJECTED_AT] = parts.reject(label, face_of(found, parts), found.camera).time_s
    with parts.store.transaction():
        current = parts.store.sightings.get(sighting)
        changed = replace(
            current,
            person=None,
            cluster=new_id(),
            state=State.UNKNOWN.value,
            detail={**current.detail, **said},
        )
        parts.store.sightings.update(changed)
        parts.store.events.add(sighting_corrected(changed, "rejected", time.time()))
        trail.note("sighting.reject", found.person, sighting=sighting)
    return SightingOut.of(changed)


@router.post("/sightings/{sighting}/ignore")
@allow(Scope.SIGHTINGS_WRITE)
def ignore(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> Count:
    """Ignore this unknown person from now on: a face like this gets no name and is not recorded,
    and what was recorded of this unknown person is forgotten."""
    found = visible.checked(parts.store.sightings.get(sighting))
    if found.person is not None:
        words = "This sighting is of somebody known: reject it first, or forget the person."
        raise ApiError(409, "person_known", words)
    parts.reject("", face_of(found, parts), found.camera)
    ids = {sighting}
    if found.cluster is not None:
        ids |= set(_unnamed(parts, found.cluster))
    with parts.store.transaction():
        count = parts.store.sightings.delete(sorted(ids))
        parts.store.events.add(sighting_corrected(found, "deleted", time.time()))
        trail.note("sighting.ignore", found.cluster or "", sighting=sighting, count=count)
    return Count(count=count)


@router.delete("/sightings/{sighting}", status_code=204)
@allow(Scope.SIGHTINGS_WRITE)
def delete_sighting(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> None:
    """Forget one sighting, its best shot and its events."""
    found = visible.checked(parts.store.sightings.get(sighting))
    with parts.store.transaction():
        parts.store.sightings.delete([sighting])
        parts.store.events.add(sighting_corrected(found, "deleted", time.time()))
        trail.note("sighting.delete", sighting)


def _page(
    parts: Deps, trail: Trail, limit: int, cursor: str | None, which: SightingFilter
) -> PageOf[SightingOut]:
    page = parts.store.sightings.page(limit, cursor, which)
    return PageOf(items=told(page.items, parts, trail), cursor=page.cursor)


def told(sightings: Sequence[Sighting], parts: Dependencies, trail: Trail) -> list[SightingOut]:
    """Sightings with the names of the people, as far as one may know them."""
    names: dict[str, str] = {}
    if trail.actor.may(Scope.PEOPLE_READ):
        ids = {one.person for one in sightings if one.person is not None}
        names = {person.id: person.name for person in parts.store.people.many(sorted(ids))}
    return [SightingOut.of(one, names.get(one.person or "")) for one in sightings]


def _liveness_of(sighting: Sighting) -> str | None:
    kept = sighting.detail.get("liveness")
    state = kept.get("state") if isinstance(kept, dict) else None
    return state if isinstance(state, str) else None


def face_of(sighting: Sighting, parts: Dependencies) -> Floats:
    """(1, D) Raises ApiError where the sighting has no face that could be compared."""
    if sighting.encoding is None or sighting.encoder != parts.analyzer.encoder.name:
        words = "This sighting has no encoding by the encoder in use: nothing can be learned of it."
        raise ApiError(409, "no_encoding", words)
    return sighting.encoding[None]


def _unnamed(parts: Dependencies, cluster: str) -> Iterator[str]:
    which, cursor = SightingFilter(cluster=cluster, known=False), None
    while True:
        page = parts.store.sightings.page(MAX_PAGE, cursor, which)
        yield from (one.id for one in page.items)
        cursor = page.cursor
        if cursor is None:
            return
