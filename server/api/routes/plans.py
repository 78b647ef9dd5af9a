"""Floor plans: pictures on which cameras have their places."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from pydantic import BaseModel, StringConstraints
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.scopes import Scope
from lookout.server.alerts import desk
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import JPEG_ANSWER, Id, PageOf
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow, allow_ticket
from lookout.server.api.security.visible_cameras import Seeing, VisibleCameras
from lookout.server.api.services.multipart import ONE_PICTURE_BODY, PictureFile, bytes_of
from lookout.server.cameras.errors import BadCamera
from lookout.server.cameras.plans import change_plan, enter_plan, remove_plan
from lookout.server.storage.errors import NotFound
from lookout.server.storage.plan_records import Plan

router = APIRouter(prefix="/api/v1/plans", route_class=Guarded, tags=["plans"])

FOR_A_DAY = {"Cache-Control": "private, max-age=86400, immutable"}
"""A plan's picture is never another one: a new picture is a new plan."""

PlanName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Ticket = Annotated[
    str | None, Query(max_length=200, description="in place of a key: POST /api/v1/auth/ticket")
]


class PlanOut(BaseModel):
    """A floor plan. `width`, `height`: pixels of its picture, which is at `image`; `width_m`: how
    many metres its width shows, null where nobody has said."""

    id: str
    name: str
    width: int
    height: int
    width_m: float | None
    created_at: float
    image: str

    @classmethod
    def of(cls, plan: Plan) -> PlanOut:
        width, height = plan.size_wh
        return cls(
            id=plan.id,
            name=plan.name,
            width=width,
            height=height,
            width_m=plan.width_m,
            created_at=plan.created_at,
            image=f"/api/v1/plans/{plan.id}/image",
        )


class PlanChange(BaseModel):
    """What is left out stays as it is; a `width_m` of null is removed."""

    name: PlanName | None = None
    width_m: float | None = None


@router.get("")
@allow(Scope.CAMERAS_READ)
def plans(parts: Deps, visible: Seeing) -> PageOf[PlanOut]:
    """The floor plans, by name: all, or those with a camera of which whoever asks may know."""
    return PageOf(
        items=[PlanOut.of(one) for one in parts.store.plans.all() if _shown(one.id, visible)]
    )


@router.post("", status_code=201, max_body_size=ONE_PICTURE_BODY)
@allow(Scope.ADMIN)
async def add_plan(
    file: PictureFile,
    name: Annotated[str, Form(min_length=1, max_length=200)],
    parts: Deps,
    trail: Trailing,
    width_m: Annotated[float | None, Form(description="metres that its width shows")] = None,
) -> PlanOut:
    """Enters a floor plan. Its picture is kept as a JPEG of at most 1600 pixels a side."""
    content = await bytes_of(file)
    return await run_in_threadpool(_entered, content, name, width_m, parts, trail)


@router.get("/{plan}")
@allow(Scope.CAMERAS_READ)
def plan(plan: Id, parts: Deps, visible: Seeing) -> PlanOut:
    """One floor plan."""
    return PlanOut.of(_plan(plan, parts, visible))


@router.get("/{plan}/image", response_class=Response, responses=JPEG_ANSWER)
@allow_ticket(Scope.CAMERAS_READ)
def plan_image(
    plan: Id,
    parts: Deps,
    visible: Seeing,
    ticket: Ticket = None,  # noqa: ARG001 - read where it is decided who asks
) -> Response:
    """The picture of a floor plan."""
    jpeg = parts.store.plans.image(_plan(plan, parts, visible).id)
    return Response(jpeg, media_type="image/jpeg", headers=FOR_A_DAY)


@router.patch("/{plan}")
@allow(Scope.ADMIN)
def alter_plan(plan: Id, given: PlanChange, parts: Deps, trail: Trailing) -> PlanOut:
    """Renames a floor plan, or says how wide it is."""
    changes = given.model_dump(exclude_unset=True)
    if changes.get("name", "") is None:
        del changes["name"]
    try:
        changed = change_plan(parts.store, replace(parts.store.plans.get(plan), **changes))
    except BadCamera as error:
        raise BadRequest("bad_plan", str(error)) from error
    trail.note("plan.change", plan, changed=sorted(changes))
    return PlanOut.of(changed)


@router.delete("/{plan}", status_code=204)
@allow(Scope.ADMIN)
def delete_plan(plan: Id, parts: Deps, trail: Trailing) -> None:
    """Removes a floor plan; cameras on it keep their place on the map. 409 while a fence is drawn
    on it."""
    desk.require_no_fence(parts.store, plan)
    remove_plan(parts.store, plan, parts.hub.directory.all(), parts.hub.update)
    trail.note("plan.delete", plan)


def _entered(
    content: bytes, name: str, width_m: float | None, parts: Dependencies, trail: Trail
) -> PlanOut:
    try:
        plan = enter_plan(parts.store, name, content, width_m)
    except BadCamera as error:
        raise BadRequest("bad_plan", str(error)) from error
    trail.note("plan.add", plan.id)
    return PlanOut.of(plan)


def _plan(plan: str, parts: Dependencies, visible: VisibleCameras) -> Plan:
    """Raises NotFound, as for one that is not there, where it shows no camera that may be known."""
    found = parts.store.plans.get(plan)
    if not _shown(plan, visible):
        raise NotFound(f"there is no plan {plan!r:.60}")
    return found


def _shown(plan: str, visible: VisibleCameras) -> bool:
    return visible.names is None or any(
        camera.place is not None and camera.place.plan == plan and visible.sees(camera.name)
        for camera in visible.cameras.all()
    )
