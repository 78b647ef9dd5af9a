"""The server's health, readiness, counters, and the description of its API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.security.authorization import Guarded, allow, public
from lookout.server.api.services.base_path import base_path
from lookout.server.api.services.metrics import MEDIA_TYPE
from lookout.server.storage.errors import StorageError

router = APIRouter(route_class=Guarded, tags=["health"])

LEAST_FREE_BYTES = 4 << 20
"""With less on the disk of the data folder the server is not ready: a write may fail any time."""

PROBE_CHARACTERS = 1 << 16
"""More than fits into the pages that a full database still has."""
_PROBE = "health.disk"


class Health(BaseModel):
    """The process answers. `engines`: detector and encoder, and what they compute on; the vector
    engine, where there is one."""

    status: str
    engines: dict[str, str]


class Readiness(BaseModel):
    """Whether the server can answer; `reason` says why not."""

    ready: bool
    reason: str | None = None


@router.get("/healthz")
@public
async def healthz(parts: Deps) -> Health:
    """The process is alive."""
    engines, vectors = parts.recognition.engine_names, parts.vectors()
    if vectors is not None:
        engines["vectors"] = vectors
    return Health(status="ok", engines=engines)


@router.get("/readyz", responses={503: {"model": Readiness}})
@public
def readyz(parts: Deps, response: Response) -> Readiness:
    """The server can answer: its store can be read, and written. 200, or 503 with the reason."""
    try:
        parts.store.samples.version()
    except StorageError as error:
        reason = str(error)
    else:
        if _can_write(parts):
            return Readiness(ready=True)
        reason = "the disk is full: pictures are recognized, and nothing can be kept; make room"
    response.status_code = 503
    return Readiness(ready=False, reason=reason)


def _can_write(parts: Dependencies) -> bool:
    if parts.videos.free_bytes < LEAST_FREE_BYTES:
        return False
    if parts.store.disk_full:  # a quota shows in no figure: only trying tells that there is room
        try:
            parts.store.settings.put(_PROBE, "x" * PROBE_CHARACTERS)
            parts.store.settings.put(_PROBE, "")
        except StorageError:
            return False
    return True


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
@allow(Scope.CAMERAS_READ)
async def prometheus(parts: Deps) -> Response:
    """Counters for Prometheus, in its text format."""
    return Response(parts.metrics.text(), media_type=MEDIA_TYPE)


@router.get("/openapi.json", include_in_schema=False)
@public
async def openapi(request: Request) -> JSONResponse:
    """What can be asked. It tells what everybody can read in the source, and of nobody."""
    schema: dict[str, Any] = request.app.openapi()
    servers = {"servers": [{"url": base_path()}]} if base_path() else {}
    return JSONResponse({**schema, **servers})
