"""The cameras: which there are, how they do, and their settings."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, StringConstraints

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.cameras import CameraChange, CameraOut, NewCamera, PlaceIO
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.cameras.address import checked, kind_of_address, split_login
from lookout.server.cameras.errors import BadCamera
from lookout.server.cameras.plans import checked_place
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.errors import StorageError

router = APIRouter(prefix="/api/v1/cameras", route_class=Guarded, tags=["cameras"])

OF_EDGES = frozenset({"name", "place", "liveness"})
"""What can be changed of a camera that an edge sends; all else is set where it hangs."""


class NewOwner(BaseModel):
    """`key`: the id of an API key with the right `edge`; null frees the name."""

    key: Annotated[str, StringConstraints(max_length=100)] | None


@router.get("")
@allow(Scope.CAMERAS_READ)
def cameras(parts: Deps, visible: Seeing) -> list[CameraOut]:
    """Every camera that whoever asks may know of, by name, and how it does."""
    _enter_new(parts)
    return [
        CameraOut.of(camera, parts)
        for camera in parts.hub.directory.all()
        if visible.sees(camera.name)
    ]


@router.post("", status_code=201)
@allow(Scope.ADMIN)
def add_camera(given: NewCamera, parts: Deps, trail: Trailing) -> CameraOut:
    """Enter a camera that the server is to fetch."""
    address = split_login(given.address).address
    kind = CameraKind(given.kind) if given.kind else kind_of_address(address)
    camera = CameraRecord(
        id=new_camera_id(),
        name=given.name,
        kind=kind,
        created_at=time.time(),
        **_fields(given.model_dump(exclude={"name", "kind"})),
    )
    try:
        checked_place(camera.place, parts.store)
        added = parts.hub.add(checked(camera))
    except BadCamera as error:
        raise BadRequest("bad_camera", str(error)) from error
    trail.note("camera.add", added.id, kind=kind.value)
    return CameraOut.of(added, parts)


@router.get("/{camera}")
@allow(Scope.CAMERAS_READ)
def camera(camera: Id, parts: Deps, visible: Seeing) -> CameraOut:
    """One camera, and how it does."""
    return CameraOut.of(visible.camera(camera), parts)


@router.patch("/{camera}")
@allow(Scope.ADMIN)
def change_camera(camera: Id, given: CameraChange, parts: Deps, trail: Trailing) -> CameraOut:
    """Change or rename a camera, or switch it off and on. A new name is given to what it has
    seen, too; the id stays."""
    old = parts.hub.directory.get(camera)
    changes = given.model_dump(exclude_unset=True)
    changes = {
        name: value
        for name, value in changes.items()
        if value is not None or name in ("place", "liveness")
    }
    if old.kind is CameraKind.EDGE and not OF_EDGES.issuperset(changes):
        raise BadRequest(
            "edge_camera",
            "an edge sends this camera: its name, place and liveness can be changed here, "
            "all else at the edge",
        )
    try:
        new = checked(replace(old, **_fields(changes)))
        if new.place != old.place:
            checked_place(new.place, parts.store)
        changed = parts.hub.update(new)
    except BadCamera as error:
        raise BadRequest("bad_camera", str(error)) from error
    trail.note("camera.change", camera, changed=sorted(changes))
    return CameraOut.of(changed, parts)


@router.delete("/{camera}", status_code=204)
@allow(Scope.ADMIN)
def delete_camera(camera: Id, parts: Deps, trail: Trailing) -> None:
    """Remove a camera; what it has seen stays. An edge that goes on sending comes back, with
    another id."""
    parts.hub.remove(camera)
    trail.note("camera.delete", camera)


@router.put("/{camera}/owner", status_code=204)
@allow(Scope.ADMIN)
def give_camera(
    camera: Annotated[str, Path(max_length=200)], given: NewOwner, parts: Deps, trail: Trailing
) -> None:
    """Give a camera's name (or id) to an API key, or free it; other devices with the name get a
    number."""
    edge_id = None
    if given.key is not None:
        edge_id = parts.store.api_keys.get(given.key).edge_id
        if not edge_id:
            raise BadRequest("no_edge_key", "this API key lacks the right `edge`")
    parts.camera_names.give(_name_of(camera, parts), edge_id)
    trail.note("camera.owner", given.key or "", camera=camera)


def _enter_new(parts: Dependencies) -> None:
    """Enters the cameras that have sent their first frame within the last moment."""
    for connected in parts.cameras():
        with suppress(StorageError):  # a full disk: it is listed once there is room
            parts.hub.directory.id_of(connected.name)


def _name_of(camera: str, parts: Dependencies) -> str:
    """Names are what this route took before cameras had ids."""
    return next((one.name for one in parts.hub.directory.all() if one.id == camera), camera)


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    """The values as the record has them."""
    fields = dict(given)
    if fields.get("place") is not None:
        fields["place"] = PlaceIO(**fields["place"]).record()
    if "privacy_masks" in fields:
        fields["privacy_masks"] = tuple(
            tuple((x, y) for x, y in polygon) for polygon in fields["privacy_masks"]
        )
    return fields
