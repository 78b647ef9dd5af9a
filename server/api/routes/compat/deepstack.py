"""DeepStack's and CodeProject.AI's routes for faces.

A face is named only where the server names it and the confidence reaches `min_confidence`; else
its `userid` is `unknown`, however low `min_confidence` is.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from lookout.faces.photo.judgement import NO_FACE
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import BadRequest, rejection_error
from lookout.server.api.errors.envelope import BAD_NAME
from lookout.server.api.routes.compat.boxes import (
    int_box,
    largest_first,
    probability,
    widest_face,
)
from lookout.server.api.routes.compat.fields import (
    Fields,
    fields_of,
    picture_body,
    picture_in,
    pictures_in,
)
from lookout.server.api.routes.compat.imitation import Imitation
from lookout.server.api.routes.compat.subjects import (
    KeepAnyway,
    find_subject,
    forget_if_bare,
    learn_faces,
)
from lookout.server.api.routes.people import Name
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import allow_form_key
from lookout.server.api.services.multipart import (
    MANY_PICTURES_BODY,
    ONE_PICTURE_BODY,
    TWO_PICTURES_BODY,
)
from lookout.server.api.services.scoring import FaceMatch, matches_of, similarity_of_two
from lookout.server.gallery.people_snapshot import PeopleSnapshot

router = APIRouter(prefix="/v1/vision/face", route_class=Imitation, tags=["DeepStack"])

PREFIX = "/v1/vision"
DETECT_AT_LEAST = 0.4
NAME_AT_LEAST = 0.5
NAMES: TypeAdapter[str] = TypeAdapter(Name)
KEY = "an API key; better in the header x-api-key"


@router.post(
    "",
    max_body_size=ONE_PICTURE_BODY,
    openapi_extra=picture_body("image", min_confidence="0 to 1", api_key=KEY),
)
@allow_form_key(Scope.RECOGNIZE)
async def detect(request: Request, parts: Deps) -> dict[str, Any]:
    """Every face, known or not."""
    fields = await fields_of(request)
    least = _confidence(fields, DETECT_AT_LEAST)
    look = await parts.analyzer.analyze(picture_in(fields, "image"))
    detector = parts.analyzer.detector.name
    sure = {
        face: probability(look.detections.score[face], detector)
        for face in largest_first(look.detections)
    }
    return {
        "success": True,
        "predictions": [
            {"confidence": round(sure[face], 5), **int_box(look, face)}
            for face in sure
            if sure[face] >= least
        ],
        "duration": 0,
    }


@router.post(
    "/recognize",
    max_body_size=ONE_PICTURE_BODY,
    openapi_extra=picture_body("image", min_confidence="0 to 1", api_key=KEY),
)
@allow_form_key(Scope.RECOGNIZE)
async def recognize(request: Request, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """Every face and its name, or `unknown`."""
    fields = await fields_of(request)
    least = _confidence(fields, NAME_AT_LEAST)
    look = await parts.analyzer.analyze(picture_in(fields, "image"))

    def answer() -> dict[str, Any]:
        faces = largest_first(look.detections)
        known, encodings = parts.known.renew(), look.encodings[faces]
        liveness = parts.analyzer.liveness_in(look, list(faces))
        found = matches_of(encodings, known, parts.rule, parts.negatives(), parts.metrics, liveness)
        predictions = [
            {**_named(decided, known, least), **int_box(look, face)}
            for face, decided in zip(faces, found, strict=True)
        ]
        trail.note("recognize", faces=len(predictions))
        return {"success": True, "predictions": predictions, "duration": 0}

    return await run_in_threadpool(answer)


@router.post(
    "/register",
    max_body_size=MANY_PICTURES_BODY,
    openapi_extra=picture_body("image", "image1", "image2", userid="the name", api_key=KEY),
)
@allow_form_key(Scope.PEOPLE_WRITE)
async def register(
    request: Request, parts: Deps, trail: Trailing, keep_anyway: KeepAnyway = False
) -> dict[str, Any]:
    """Learns the widest face of each picture under a name; pictures without a face are skipped as
    long as one has a face."""
    fields = await fields_of(request)
    name = _userid(fields)
    photos = [await parts.analyzer.examine(picture, widest_face) for picture in pictures_in(fields)]
    usable = [photo for photo in photos if photo.usable(use_poor=True)]
    await run_in_threadpool(
        learn_faces, name, usable or photos, parts, trail, keep_anyway=keep_anyway
    )
    return {"success": True, "message": "face added", "duration": 0}


@router.post("/list", openapi_extra=picture_body(api_key=KEY))
@allow_form_key(Scope.PEOPLE_READ)
def faces(parts: Deps, trail: Trailing) -> dict[str, Any]:
    """Everybody who has a face."""
    trail.note("people.read")
    return {"success": True, "faces": sorted(parts.known.renew().labels.values()), "duration": 0}


@router.post("/delete", openapi_extra=picture_body(userid="the name", api_key=KEY))
@allow_form_key(Scope.PEOPLE_WRITE)
async def delete(request: Request, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """Forgets the faces of somebody, and the person if nothing else is kept of them. A name that is
    not there is a success: clients delete before they train."""
    name = (await fields_of(request)).get("userid")
    if not isinstance(name, str):
        raise BadRequest("invalid_request", "userid is missing")

    def forget() -> None:
        person = find_subject(parts, name)
        if person is None:
            return
        samples = [sample.id for sample in parts.store.samples.of(person.id) if not sample.negative]
        trail.note("samples.delete", person.id, count=parts.known.forget_samples(samples))
        forget_if_bare(person, parts, trail)

    await run_in_threadpool(forget)
    return {"success": True, "duration": 0}


@router.post(
    "/match",
    max_body_size=TWO_PICTURES_BODY,
    openapi_extra=picture_body("image1", "image2", api_key=KEY),
)
@allow_form_key(Scope.RECOGNIZE)
async def match_two(request: Request, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """The similarity of the largest faces of two pictures."""
    pictures = pictures_in(await fields_of(request))
    if len(pictures) != 2:
        raise BadRequest("missing_picture", "send two pictures, as image1 and image2")
    encodings = []
    for picture in pictures:
        look = await parts.analyzer.analyze(picture)
        if not len(look):
            raise rejection_error([NO_FACE])
        encodings.append(look.encodings[largest_first(look.detections)[0]])
    await run_in_threadpool(trail.note, "verify")
    encoder = parts.analyzer.encoder.name
    _, similarity = similarity_of_two(encodings[0], encodings[1], parts.rule, encoder)
    return {"success": True, "similarity": round(similarity, 5), "duration": 0}


def _named(found: FaceMatch, known: PeopleSnapshot, least: float) -> dict[str, Any]:
    person = found.person
    confidence = found.candidates[0].similarity if person is not None else 0.0
    if person is None or confidence < least:
        return {"userid": "unknown", "confidence": 0}
    return {"userid": known.labels[person.id], "confidence": round(confidence, 5)}


def _confidence(fields: Fields, default: float) -> float:
    given = fields.get("min_confidence", default)
    try:
        value = float(given)
    except ValueError as error:
        raise BadRequest("invalid_request", "min_confidence is a number from 0 to 1") from error
    if not 0.0 <= value <= 1.0:
        raise BadRequest("invalid_request", "min_confidence is a number from 0 to 1")
    return value


def _userid(fields: Fields) -> str:
    given = fields.get("userid")
    try:
        return NAMES.validate_python(given)
    except ValidationError as error:
        raise BadRequest(BAD_NAME, f"userid: {error.errors()[0]['msg']}") from error
