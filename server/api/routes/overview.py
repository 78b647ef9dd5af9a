"""Counts, and the cameras and how they do."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, StringConstraints

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import Since
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.live.camera_board import Condition, ConnectedCamera
from lookout.server.live.camera_names import Device
from lookout.server.live.clock import unix_s
from lookout.server.storage.records import SightingFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["overview"])


class Statistics(BaseModel):
    """`sightings` and `unknown` are those since the time that was asked for."""

    people: int
    samples: int
    people_with_samples: int
    sightings: int
    unknown: int
    cameras_online: int


class CameraOut(BaseModel):
    """One camera. Counts are since the server started; `latency_ms` from arrival to answer.

    sent_as: what its device calls it; not its name where two devices use the same. device: the id
    of the device. owner: the API key that the name belongs to, if one does."""

    name: str
    condition: Condition
    first_frame_at: float
    last_frame_at: float
    frames: int
    recognised: int
    dropped: int
    refused: int
    faces: int
    latency_ms: float | None
    sent_as: str = ""
    device: str = ""
    owner: str | None = None

    @classmethod
    def of(cls, camera: ConnectedCamera, now_s: float, parts: Dependencies) -> CameraOut:
        device, sent_as = parts.camera_names.owner(camera.name) or (Device(""), camera.name)
        owner = parts.store.api_keys.find_edge(device.key) if device.key else None
        return cls(
            sent_as=sent_as,
            device=device.id,
            owner=None if owner is None else owner.id,
            name=camera.name,
            condition=camera.condition(now_s),
            first_frame_at=unix_s(camera.first_frame_s),
            last_frame_at=unix_s(camera.last_frame_s),
            frames=camera.frames,
            recognised=camera.recognized,
            dropped=camera.dropped,
            refused=camera.refused,
            faces=camera.faces,
            latency_ms=camera.latency_ms,
        )


@router.get("/statistics")
@allow(Scope.SIGHTINGS_READ)
def statistics(parts: Deps, visible: Seeing, since: Since = None) -> Statistics:
    """How much there is of what: of sightings and cameras, what whoever asks may know of."""
    store, now_s = parts.store, time.monotonic()
    cameras = [camera.condition(now_s) for camera in parts.cameras() if visible.sees(camera.name)]
    everybody = SightingFilter(since_s=since, cameras=visible.names)
    return Statistics(
        people=store.people.count(),
        samples=store.samples.count(),
        people_with_samples=len(store.samples.counts()),
        sightings=store.sightings.count(everybody),
        unknown=store.sightings.count(replace(everybody, known=False)),
        cameras_online=cameras.count(Condition.ONLINE),
    )


@router.get("/cameras")
@allow(Scope.CAMERAS_READ)
def cameras(parts: Deps, visible: Seeing) -> list[CameraOut]:
    """Every camera that has sent a frame since the server started, and how it does."""
    now_s = time.monotonic()
    return [
        CameraOut.of(camera, now_s, parts)
        for camera in parts.cameras()
        if visible.sees(camera.name)
    ]


class NewOwner(BaseModel):
    """`key`: the id of an API key with the right `edge`; null frees the name."""

    key: Annotated[str, StringConstraints(max_length=100)] | None


@router.put("/cameras/{camera}/owner", status_code=204)
@allow(Scope.ADMIN)
def give_camera(
    camera: Annotated[str, Path(max_length=200)], given: NewOwner, parts: Deps, trail: Trailing
) -> None:
    """Give a camera's name to an API key, or free it; other devices with it get a number."""
    edge_id = None
    if given.key is not None:
        edge_id = parts.store.api_keys.get(given.key).edge_id
        if not edge_id:
            raise BadRequest("no_edge_key", "this API key lacks the right `edge`")
    parts.camera_names.give(camera, edge_id)
    trail.note("camera.owner", given.key or "", camera=camera)
