"""The routes of the systems before Lookout, same paths and shapes.

They need an API key or a token like every other route.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest, ErrorResponse
from lookout.server.api.errors.envelope import BAD_NAME, headers_of
from lookout.server.api.routes.compat.fields import fields_of, picture_body, picture_in
from lookout.server.api.routes.compat.imitation import Imitation
from lookout.server.api.routes.compat.subjects import KeepAnyway, everybody, learn_faces
from lookout.server.api.routes.people import Name
from lookout.server.api.routes.recognize import Via, put_into_kafka
from lookout.server.api.schemas.faces import box_of
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import allow
from lookout.server.api.services.multipart import ONE_PICTURE_BODY
from lookout.server.api.services.scoring import FaceMatch, matches_of
from lookout.server.live.clock import unix_s
from lookout.server.recognize.analysis import AnalyzedImage

router = APIRouter(route_class=Imitation, tags=["predecessors"])

PREFIX = "/recognition"
FILE_FIELDS = ("file", "image", "img")
NAMES: TypeAdapter[str] = TypeAdapter(Name)


def recognition_dialect(answer: ErrorResponse, _request_id: str) -> JSONResponse:
    """Errors of /recognition: the text that its clients look for, and the reason."""
    body = {"result": "error during prediction", "error": answer.message}
    return JSONResponse(body, answer.status, headers_of(answer))


@router.post("/uploadImage/", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file"))
@allow(Scope.RECOGNIZE)
async def upload_image(
    request: Request,
    parts: Deps,
    trail: Trailing,
    via: Annotated[Via | None, Query(description="usually kafka, where there is one")] = None,
) -> dict[str, Any]:
    """The known people in a picture, with the registry's information on them; with Kafka the id
    under which `picture.recognized` tells of them."""
    content = picture_in(await fields_of(request), *FILE_FIELDS)
    if via is Via.KAFKA or (via is None and parts.stream is not None):
        return (await put_into_kafka(content, "", parts, trail)).model_dump(mode="json")
    look = await parts.analyzer.analyze(content)
    faces = await run_in_threadpool(_described, look, parts, trail)
    return {"matches": [face for face in faces if face["name"] != "Unknown"], "faces": len(faces)}


@router.get("/recognition", max_body_size=ONE_PICTURE_BODY, include_in_schema=False)
@router.post("/recognition", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("image"))
@allow(Scope.RECOGNIZE)
async def recognition(request: Request, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """Every face with its name, or `Unknown`. GET takes the same body, as its clients send it."""
    look = await parts.analyzer.analyze(
        picture_in(await fields_of(request), "image", "file", "img")
    )
    return {"result": await run_in_threadpool(_described, look, parts, trail)}


@router.post(
    "/face/upload",
    max_body_size=ONE_PICTURE_BODY,
    openapi_extra=picture_body("file", name="whose face it is"),
)
@allow(Scope.PEOPLE_WRITE)
async def face_upload(
    request: Request, parts: Deps, trail: Trailing, keep_anyway: KeepAnyway = False
) -> dict[str, Any]:
    """Learns a face under a name."""
    fields = await fields_of(request)
    try:
        name = NAMES.validate_python(fields.get("name"))
    except ValidationError as error:
        raise BadRequest(BAD_NAME, f"name: {error.errors()[0]['msg']}") from error
    photo = await parts.analyzer.examine(picture_in(fields, *FILE_FIELDS))
    person, _ = await run_in_threadpool(
        learn_faces, name, [photo], parts, trail, keep_anyway=keep_anyway
    )
    return {"success": True, "name": name, "id": person.id}


@router.get("/face/list")
@allow(Scope.PEOPLE_READ)
def face_list(parts: Deps, trail: Trailing) -> dict[str, Any]:
    """Everybody who is known, with the number of their photographs."""
    counts = parts.store.samples.counts()
    trail.note("people.read")
    return {
        "faces": [
            {"id": person.id, "name": person.name, "samples": counts.get(person.id, 0)}
            for person in everybody(parts)
        ]
    }


@router.get("/camera/status")
@allow(Scope.CAMERAS_READ)
def camera_status(parts: Deps) -> dict[str, Any]:
    """Every camera, and its condition."""
    now_s = time.monotonic()
    return {
        "cameras": [
            {
                "name": camera.name,
                "status": camera.condition(now_s).value,
                "last_frame_at": unix_s(camera.last_frame_s),
            }
            for camera in parts.cameras()
        ]
    }


def _described(look: AnalyzedImage, parts: Dependencies, trail: Trail) -> list[dict[str, Any]]:
    known = parts.known.renew()
    liveness = parts.analyzer.liveness_in(look)
    found = matches_of(
        look.encodings, known, parts.rule, parts.negatives(), parts.metrics, liveness
    )
    trail.note("recognize", faces=len(found))
    return [
        {**_person(decided), "box": list(box_of(look, face))} for face, decided in enumerate(found)
    ]


def _person(found: FaceMatch) -> dict[str, Any]:
    person = found.person
    if person is None:
        return {"name": "Unknown", "identifier": "", "info": {}, "similarity": 0}
    return {
        "name": person.name,
        "identifier": person.identifier,
        "info": dict(person.info),
        "similarity": round(found.candidates[0].similarity, 5),
    }
