"""The unknown people, each as one: in the order in which naming them is worth most, with the faces
that tell most, and who it may be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from lookout.faces.decision.decide import State
from lookout.faces.decision.rule import Rule
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.schemas.common import Count, Id, IdText
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing, VisibleCameras
from lookout.server.events.sightings import sighting_corrected, unknown_merged, unknown_split
from lookout.server.sightings.cluster_review import middle, most_different, suggestion, worth
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Cluster, Sighting, SightingFilter, new_id

router = APIRouter(prefix="/api/v1/unknown", route_class=Guarded, tags=["sightings"])

MAX_SIGHTINGS = 60
"""The latest ones of an unknown person that are looked at."""
MAX_FACES = 9
MOST_MOVED = 10_000

Sightings = Annotated[list[IdText], Field(min_length=1, max_length=500)]


class UnknownFace(BaseModel):
    """A face of an unknown person. `odd`: it is far from the middle of the others, and may be
    somebody else's."""

    sighting: str
    camera: str
    at: float
    quality: float | None
    distance: float
    odd: bool


class MaybePerson(BaseModel):
    """Somebody known whom an unknown person resembles."""

    person: str
    name: str
    distance: float


class UnknownPerson(BaseModel):
    """One unknown person. `clear`: the first of `maybe` is nearer than the second by a margin."""

    cluster: str
    sightings: int
    first: float
    last: float
    cameras: list[str]
    faces: list[UnknownFace]
    maybe: list[MaybePerson]
    clear: bool


class UnknownPeople(BaseModel):
    """Those whom to name is worth most, and how many there are in all."""

    items: list[UnknownPerson]
    total: int


class SomeSightings(BaseModel):
    """Sightings by their ids."""

    sightings: Sightings


class Split(BaseModel):
    """The unknown person that the sightings are of from now on."""

    cluster: str
    count: int


class Into(BaseModel):
    """`into`: the unknown person who stays."""

    into: IdText


class Joined(BaseModel):
    """The sightings that have moved: what it takes to take it back."""

    sightings: list[str]


@router.get("/people")
@allow(Scope.SIGHTINGS_READ)
def unknown_people(
    parts: Deps, trail: Trailing, visible: Seeing, limit: Annotated[int, Query(ge=1, le=60)] = 24
) -> UnknownPeople:
    """Unknown people, first those whom to name is worth most: seen often, lately, and well."""
    now_s = time.time()
    clusters = parts.store.sightings.clusters(visible.names)
    ranked = sorted(clusters, key=lambda one: worth(one, now_s), reverse=True)[:limit]
    named = trail.actor.may(Scope.PEOPLE_READ)
    trail.note("unknown.read")
    return UnknownPeople(
        items=[_person(cluster, parts, visible, named=named) for cluster in ranked],
        total=len(clusters),
    )


@router.delete("/{cluster}/assign")
@allow(Scope.SIGHTINGS_WRITE)
def take_back_name(cluster: Id, parts: Deps, trail: Trailing, visible: Seeing) -> Count:
    """Undo the naming of an unknown person: its sightings have no name again."""
    with parts.store.transaction():
        which = SightingFilter(cluster=cluster, known=True, cameras=visible.names)
        named = _sightings(parts, which, MOST_MOVED)
        if not named:
            raise NotFound("nobody has named this unknown person")
        count = parts.store.sightings.put_into(cluster, [one.id for one in named])
        for one in named:
            unnamed = replace(one, person=None, state=State.UNKNOWN.value)
            parts.store.events.add(sighting_corrected(unnamed, "unnamed", time.time()))
        trail.note("unknown.take_back", named[0].person or "", cluster=cluster, count=count)
    return Count(count=count)


@router.post("/split")
@allow(Scope.SIGHTINGS_WRITE)
def split(given: SomeSightings, parts: Deps, trail: Trailing, visible: Seeing) -> Split:
    """These sightings are of somebody else: they become an unknown person of their own."""
    cluster = new_id()
    return Split(cluster=cluster, count=_put(cluster, given.sightings, parts, trail, visible))


@router.put("/{cluster}/sightings")
@allow(Scope.SIGHTINGS_WRITE)
def put_into(
    cluster: Id, given: SomeSightings, parts: Deps, trail: Trailing, visible: Seeing
) -> Count:
    """These sightings are of this unknown person; so a split or a join is taken back."""
    return Count(count=_put(cluster, given.sightings, parts, trail, visible))


@router.post("/{cluster}/join")
@allow(Scope.SIGHTINGS_WRITE)
def join(cluster: Id, given: Into, parts: Deps, trail: Trailing, visible: Seeing) -> Joined:
    """Two unknown people are one: the sightings of `cluster` belong to `into`."""
    with parts.store.transaction():
        which = SightingFilter(cluster=cluster, known=False, cameras=visible.names)
        moved = [one.id for one in _sightings(parts, which, MOST_MOVED)]
        if not moved:
            raise NotFound("there is no such unknown person any more")
        parts.store.sightings.put_into(given.into, moved)
        parts.store.events.add(unknown_merged(cluster, given.into, len(moved), time.time()))
        trail.note("unknown.join", given.into, joined=cluster, count=len(moved))
    return Joined(sightings=moved)


def _put(
    cluster: str,
    sightings: Sequence[str],
    parts: Dependencies,
    trail: Trail,
    visible: VisibleCameras,
) -> int:
    with parts.store.transaction():
        for sighting in sightings:
            visible.checked(parts.store.sightings.get(sighting))
        count = parts.store.sightings.put_into(cluster, sightings)
        parts.store.events.add(unknown_split(cluster, count, time.time()))
        trail.note("unknown.put", cluster, count=count)
    return count


def _person(
    cluster: Cluster, parts: Dependencies, visible: VisibleCameras, *, named: bool
) -> UnknownPerson:
    which = SightingFilter(cluster=cluster.id, known=False, cameras=visible.names)
    seen = _sightings(parts, which, MAX_SIGHTINGS)
    encoder = parts.analyzer.encoder.name
    faces = [one for one in seen if one.encoder == encoder and one.encoding is not None]
    found = suggestion(
        [one.encoding for one in faces if one.encoding is not None],
        parts.known.snapshot().by_id,
        parts.rule,
        parts.negatives(),
    )
    people = parts.known.snapshot().people
    near = [] if found is None or not named else found.candidates
    return UnknownPerson(
        cluster=cluster.id,
        sightings=cluster.sightings,
        first=cluster.first_s,
        last=cluster.last_s,
        cameras=sorted({one.camera for one in seen}),
        faces=_shown(faces, parts.rule) or [_face(one, 0.0, parts.rule) for one in seen[:1]],
        maybe=[
            MaybePerson(person=one.name, name=people[one.name].name, distance=one.distance)
            for one in near
            if one.name in people
        ],
        clear=found is not None and found.clear,
    )


def _shown(faces: list[Sighting], rule: Rule) -> list[UnknownFace]:
    """The faces that differ most, the odd ones first: nobody is to confirm them unseen."""
    if not faces:
        return []
    encodings = np.stack([one.encoding for one in faces if one.encoding is not None])
    apart = np.linalg.norm(encodings - encodings[middle(encodings)], axis=1)
    shown = [_face(faces[i], float(apart[i]), rule) for i in most_different(encodings, MAX_FACES)]
    return sorted(shown, key=lambda face: not face.odd)


def _face(sighting: Sighting, distance: float, rule: Rule) -> UnknownFace:
    return UnknownFace(
        sighting=sighting.id,
        camera=sighting.camera,
        at=sighting.last_s,
        quality=sighting.quality,
        distance=distance,
        odd=distance > rule.near,
    )


def _sightings(parts: Dependencies, which: SightingFilter, limit: int) -> list[Sighting]:
    found: list[Sighting] = []
    cursor = None
    while len(found) < limit:
        page = parts.store.sightings.page(min(1000, limit - len(found)), cursor, which)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            break
    return found
