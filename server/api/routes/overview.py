"""Counts: how much there is of what."""

from __future__ import annotations

import time
from dataclasses import replace

from fastapi import APIRouter
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.schemas.common import Since
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.live.camera_board import Condition
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
