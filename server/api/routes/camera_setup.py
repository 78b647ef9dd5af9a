"""Help with entering a camera: a look at it, and which there are in the network."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import ApiError, BadRequest
from lookout.server.api.schemas.cameras import (
    CameraTest,
    CameraVerdict,
    DiscoveredCamera,
    DiscoveryOut,
    DiscoveryWish,
    TriedPlace,
)
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.cameras.address import checked, kind_of_address, split_login
from lookout.server.cameras.errors import BadCamera
from lookout.server.cameras.faults import CameraFault
from lookout.server.cameras.onvif import FoundCamera, discover, interfaces, stream_addresses
from lookout.server.storage.camera_records import CameraKind, CameraRecord

router = APIRouter(prefix="/api/v1/cameras", route_class=Guarded, tags=["cameras"])

MOST_ASKED = 16
"""Cameras that are asked for their streams; each may take seconds."""


@router.post("/test")
@allow(Scope.ADMIN)
def test_camera(given: CameraTest, parts: Deps, trail: Trailing) -> CameraVerdict:
    """Look at a camera for a few seconds: does it answer, and is its picture good for faces?"""
    try:
        camera = checked(_wanted(given, parts))
    except BadCamera as error:
        raise BadRequest("bad_camera", str(error)) from error
    trail.note("camera.test", given.id or "")
    with parts.camera_looks.take():
        verdict = parts.probe(camera)
    width, height = verdict.size_wh
    return CameraVerdict(
        works=verdict.works,
        fault=verdict.fault,
        why=verdict.why,
        codec=verdict.codec,
        fps=verdict.fps,
        width=width,
        height=height,
        key_s=verdict.key_s,
    )


@router.post("/discover")
@allow(Scope.ADMIN)
def discover_cameras(given: DiscoveryWish, parts: Deps, trail: Trailing) -> DiscoveryOut:
    """Ask the network for its ONVIF cameras; what was tried is in the answer."""
    trail.note("camera.discover", hosts=given.hosts)
    try:
        with parts.camera_looks.take():
            result = discover(given.interfaces, given.hosts)
            asked = result.found[:MOST_ASKED] if given.user else ()
            found = [_discovered(camera, given, ask=camera in asked) for camera in result.found]
    except CameraFault as error:
        raise ApiError(503, error.fault.value, str(error)) from error
    return DiscoveryOut(
        found=found,
        tried=[
            TriedPlace(where=one.where, answers=one.answers, error=one.error)
            for one in result.tried
        ],
        interfaces=[f"{one.name} ({one.address})" for one in interfaces()],
    )


def _wanted(given: CameraTest, parts: Deps) -> CameraRecord:
    if given.id is not None:
        camera = parts.hub.directory.get(given.id)
    else:
        address = split_login(given.address).address
        camera = CameraRecord("test", "test", kind_of_address(address), 0.0)
    changes = given.model_dump(exclude={"id", "kind"}, exclude_none=True, exclude_unset=True)
    if given.kind is not None:
        changes["kind"] = CameraKind(given.kind)
    camera = replace(camera, **changes)
    if camera.kind is CameraKind.EDGE:
        raise BadRequest("edge_camera", "an edge sends this camera: it is tested at the edge")
    return camera


def _discovered(camera: FoundCamera, given: DiscoveryWish, *, ask: bool) -> DiscoveredCamera:
    main = sub = why = ""
    if ask:
        try:
            streams = stream_addresses(camera.service, given.user, given.password)
            main, sub = streams.main, streams.sub
        except CameraFault as error:
            why = str(error)
    return DiscoveredCamera(
        host=camera.host,
        service=camera.service,
        name=camera.name,
        hardware=camera.hardware,
        address=main,
        sub_address=sub,
        why=why,
    )
