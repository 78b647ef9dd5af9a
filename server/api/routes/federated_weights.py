"""Weight files of sites and their average, as the system before Lookout had it."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, File, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.routes.compat.imitation import Imitation
from lookout.server.api.schemas.common import Id, PageOf
from lookout.server.api.schemas.federated import AverageOut, StatusOut, WeightFileOut
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.federated.errors import BadWeights
from lookout.server.federated.weight_folder import WeightFolder
from lookout.server.federated.weights import MAX_BYTES
from lookout.server.storage.errors import NotFound

router = APIRouter(prefix="/api/v1/federated", route_class=Guarded, tags=["federated"])
predecessor_router = APIRouter(route_class=Imitation, tags=["predecessors"])

BODY = MAX_BYTES + (1 << 16)
Upload = Annotated[UploadFile, File(description=".npz without pickle, or .safetensors")]


@router.get("/weights")
@allow(Scope.ADMIN)
def weights(parts: Deps) -> PageOf[WeightFileOut]:
    """The weight files that were uploaded."""
    return PageOf(items=[WeightFileOut.of(file) for file in _weights(parts).all()])


@router.post("/weights", status_code=201, max_body_size=BODY)
@allow(Scope.ADMIN)
async def upload_weights(file: Upload, parts: Deps, trail: Trailing) -> WeightFileOut:
    """Keeps a local weight file: numbers by name, an array `people` beside them. No pickle is read,
    and no NaN is taken."""
    content = await file.read(MAX_BYTES + 1)
    return await run_in_threadpool(_kept, file.filename or "weights", content, parts, trail)


@router.get("/weights/average", response_class=Response, responses={
    200: {"content": {"application/octet-stream": {}}}
})  # fmt: skip
@allow(Scope.ADMIN)
def average_file(parts: Deps) -> Response:
    """The last average as `.npz`."""
    content = _weights(parts).last_file()
    if content is None:
        raise NotFound("nothing was averaged yet: POST /face/fl/aggregate")
    return Response(content, media_type="application/octet-stream")


@router.delete("/weights/{file}", status_code=204)
@allow(Scope.ADMIN)
def delete_weights(file: Id, parts: Deps, trail: Trailing) -> None:
    """Deletes an uploaded file."""
    if not _weights(parts).remove(file):
        raise NotFound(f"there is no weight file {file!r:.60}")
    trail.note("federation.weights.delete", file)


@predecessor_router.post("/face/fl/aggregate")
@allow(Scope.ADMIN)
def aggregate(parts: Deps, trail: Trailing) -> AverageOut:
    """FedAvg of the weight files that were uploaded."""
    try:
        mean = _weights(parts).average(time.time())
    except BadWeights as error:
        raise BadRequest("bad_weights", str(error)) from error
    trail.note("federation.weights.average", files=len(mean.files))
    return AverageOut.of(mean)


@predecessor_router.get("/face/fl/status")
@allow(Scope.ADMIN)
def status(parts: Deps) -> StatusOut:
    """The weight files that wait, and the last average."""
    folder = _weights(parts)
    files, last = folder.all(), folder.last()
    return StatusOut(
        local_weights=len(files),
        files=[WeightFileOut.of(file) for file in files],
        last_aggregate=None if last is None else AverageOut.of(last),
    )


def _kept(name: str, content: bytes, parts: Dependencies, trail: Trail) -> WeightFileOut:
    try:
        kept = _weights(parts).add(name, content, time.time())
    except BadWeights as error:
        raise BadRequest("bad_weights", str(error)) from error
    trail.note("federation.weights.add", kept.id)
    return WeightFileOut.of(kept)


def _weights(parts: Dependencies) -> WeightFolder:
    return WeightFolder(parts.federated_folder / "weights")
