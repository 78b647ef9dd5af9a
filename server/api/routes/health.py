"""Is the server alive, is it ready, what does it count, and what can it be asked."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.security.authorization import Guarded, allow, public
from lookout.server.api.services.metrics import MEDIA_TYPE
from lookout.server.storage.errors import StorageError

router = APIRouter(route_class=Guarded, tags=["health"])


class Health(BaseModel):
    """The process answers. `engines`: detector and encoder, and what they compute on."""

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
    return Health(status="ok", engines=parts.recognition.engine_names)


@router.get("/readyz", responses={503: {"model": Readiness}})
@public
def readyz(parts: Deps, response: Response) -> Readiness:
    """The server can answer: its store can be read. 200, or 503 with the reason."""
    try:
        parts.store.samples.version()
    except StorageError as error:
        response.status_code = 503
        return Readiness(ready=False, reason=str(error))
    return Readiness(ready=True)


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
    return JSONResponse(schema)
