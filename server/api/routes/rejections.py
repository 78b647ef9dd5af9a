"""The rejections of faces, "this is not X" and "ignore this person", and their taking back."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from lookout.faces.decision.decide import State
from lookout.faces.decision.negatives import Rejection
from lookout.faces.errors import BadPeople
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.events.sightings import sighting_corrected
from lookout.server.gallery.rejections import taken_back
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import REJECTED, REJECTED_AT

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["sightings"])

At = Annotated[float, Path(ge=0, le=1e11, allow_inf_nan=False, description="its `at`")]


class RejectionOut(BaseModel):
    """What was said of a face at one time.

    at: Unix seconds; no two rejections have the same. person: the id of the one whom the face is
    not; null for a face that is ignored, and for a name that nobody has now. faces: how many
    encodings of it are kept.
    """

    at: float
    person: str | None
    name: str | None
    camera: str
    faces: int
    ignored: bool


class TakenBack(BaseModel):
    """`message` is for the person who took it back; the edge's page shows the same."""

    message: str


@router.get("/rejections")
@allow(Scope.SIGHTINGS_READ)
def rejections(parts: Deps, trail: Trailing, visible: Seeing) -> list[RejectionOut]:
    """The rejections that hold, from HTTP and from the pages of edges, latest first."""
    ids = parts.known.snapshot().ids
    trail.note("rejections.read")
    return [
        RejectionOut(
            at=said.time_s,
            person=ids.get(said.name),
            name=said.name or None,
            camera=said.where,
            faces=said.looks,
            ignored=said.ignore,
        )
        for said in reversed(parts.rejections())
        if visible.sees(said.where)
    ]


@router.delete("/rejections/{at}")
@allow(Scope.SIGHTINGS_WRITE)
def take_back_rejection(at: At, parts: Deps, trail: Trailing, visible: Seeing) -> TakenBack:
    """Take a rejection back, wherever it was made. The face may be called so again."""
    gone = ApiError(404, "not_found", "There is no rejection of this time.")
    if any(said.time_s == at and not visible.sees(said.where) for said in parts.rejections()):
        raise gone
    try:
        rejection = _take_back(at, parts, trail)
    except BadPeople as error:
        raise gone from error
    return TakenBack(message=taken_back(rejection))


@router.delete("/sightings/{sighting}/reject")
@allow(Scope.SIGHTINGS_WRITE)
def take_back_sighting(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> TakenBack:
    """Undo the rejection of a sighting: it is of that person again, and the face may be called so
    again."""
    found = visible.checked(parts.store.sightings.get(sighting))
    person_id, at = found.detail.get(REJECTED), found.detail.get(REJECTED_AT)
    if found.person is not None or not isinstance(person_id, str):
        raise ApiError(409, "not_rejected", "This sighting is not rejected.")
    try:
        person = parts.store.people.get(person_id)
    except NotFound as error:
        raise ApiError(409, "person_gone", "The person is no longer known.") from error
    if isinstance(at, float):
        with contextlib.suppress(BadPeople):  # it was taken back elsewhere; the record is left
            _take_back(at, parts, trail)
    with parts.store.transaction():
        current = parts.store.sightings.get(sighting)
        detail = {k: v for k, v in current.detail.items() if k not in (REJECTED, REJECTED_AT)}
        restored = replace(
            current, person=person.id, cluster=None, state=State.KNOWN.value, detail=detail
        )
        parts.store.sightings.update(restored)
        parts.store.events.add(sighting_corrected(restored, "restored", time.time()))
        trail.note("sighting.take_back", person.id, sighting=sighting)
    label = parts.known.snapshot().labels.get(person.id, person.name)
    return TakenBack(message=taken_back(Rejection(label, 0.0, found.camera, 1)))


def _take_back(at: float, parts: Dependencies, trail: Trailing) -> Rejection:
    """Raises BadPeople where there is no such rejection."""
    rejection = parts.take_back(at)
    ids = parts.known.snapshot().ids
    trail.note("rejection.take_back", ids.get(rejection.name, ""), at=at)
    return rejection
