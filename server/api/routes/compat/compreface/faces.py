"""Faces: the photographs that subjects are known by."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import Body, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from lookout.faces.photo.judgement import NO_FACE
from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import rejection_error
from lookout.server.api.routes.compat.compreface.options import Probability, new_router
from lookout.server.api.routes.compat.compreface.subjects import new_subject
from lookout.server.api.routes.compat.dialects import (
    fields_of,
    find_subject,
    picture_body,
    picture_in,
    probability,
    subject_or_404,
)
from lookout.server.api.routes.people import Name
from lookout.server.api.routes.sightings import JPEG_ANSWER
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trail, Trailing, address_of
from lookout.server.api.security.authorization import allow, public
from lookout.server.api.services.enrolment import add_sample
from lookout.server.api.services.multipart import ONE_PICTURE_BODY

router = new_router()

MAX_KEY_CHARACTERS = 200
OneSubject = Annotated[str | None, Query(max_length=200)]


@router.post(
    "/recognition/faces",
    status_code=201,
    max_body_size=ONE_PICTURE_BODY,
    openapi_extra=picture_body("file"),
)
@allow(Scope.PEOPLE_WRITE)
async def add_face(
    request: Request,
    subject: Annotated[Name, Query()],
    parts: Deps,
    trail: Trailing,
    det_prob_threshold: Probability = 0.0,
) -> dict[str, str]:
    """Learn a face; the subject is made where there is none. The picture shows one face."""
    photo = await parts.analyzer.examine(picture_in(await fields_of(request), "file"))
    detector = parts.analyzer.detector.name
    scores = photo.detections.score
    if not any(probability(score, detector) >= det_prob_threshold for score in scores):
        raise rejection_error([NO_FACE])

    encoder = parts.analyzer.encoder.name

    def learn() -> dict[str, str]:
        with parts.store.transaction():
            person = find_subject(parts, subject) or new_subject(subject, parts, trail)
            sample = add_sample(parts.store, encoder, photo, person.id, use_poor=True)
            trail.note("samples.add", person.id, samples=[sample.id])
        parts.known.renew()
        return {"image_id": sample.id, "subject": subject}

    return await run_in_threadpool(learn)


@router.get("/recognition/faces")
@allow(Scope.PEOPLE_READ)
def faces(
    parts: Deps,
    trail: Trailing,
    page: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    size: Annotated[int, Query(ge=1, le=1000)] = 20,
    subject: OneSubject = None,
) -> dict[str, Any]:
    """The faces that are learned, in numbered pages."""
    known = parts.known.renew()
    person = None if subject is None else find_subject(parts, subject)
    found = [
        {"image_id": sample, "subject": known.labels[owner]}
        for sample, owner in zip(known.samples, known.by_id.names, strict=True)
        if subject is None or (person is not None and owner == person.id)
    ]
    trail.note("samples.read", "" if person is None else person.id)
    return {
        "faces": found[page * size : (page + 1) * size],
        "page_number": page,
        "page_size": size,
        "total_pages": -(-len(found) // size),
        "total_elements": len(found),
    }


@router.delete("/recognition/faces")
@allow(Scope.PEOPLE_WRITE)
def delete_faces(parts: Deps, trail: Trailing, subject: OneSubject = None) -> dict[str, int]:
    """Forget the faces of a subject; of everybody, where none is named."""
    known = parts.known.renew()
    person = None if subject is None else subject_or_404(parts, subject)
    samples = [
        sample
        for sample, owner in zip(known.samples, known.by_id.names, strict=True)
        if person is None or owner == person.id
    ]
    count = parts.known.forget_samples(samples)
    trail.note("samples.delete", "" if person is None else person.id, count=count)
    return {"deleted": count}


@router.post("/recognition/faces/delete")
@allow(Scope.PEOPLE_WRITE)
def delete_some_faces(
    ids: Annotated[list[str], Body(max_length=1000)], parts: Deps, trail: Trailing
) -> list[dict[str, str]]:
    """Forget faces by id; those that are not there are left out of the answer."""
    known = parts.known.renew()
    owners = dict(zip(known.samples, known.by_id.names, strict=True))
    told = [{"image_id": i, "subject": known.labels[owners[i]]} for i in ids if i in owners]
    parts.known.forget_samples([one["image_id"] for one in told])
    trail.note("samples.delete", count=len(told))
    return told


@router.delete("/recognition/faces/{image_id}")
@allow(Scope.PEOPLE_WRITE)
def delete_face(image_id: Id, parts: Deps, trail: Trailing) -> dict[str, str]:
    """Forget one face."""
    person = parts.store.people.get(parts.store.samples.get(image_id).person)
    parts.known.forget_samples([image_id])
    trail.note("sample.delete", person.id, sample=image_id)
    return {"image_id": image_id, "subject": person.name}


@router.get("/recognition/faces/{image_id}/img", response_class=Response, responses=JPEG_ANSWER)
@allow(Scope.PEOPLE_READ)
def face_image(image_id: Id, parts: Deps, trail: Trailing) -> Response:
    """The face that was learned, as JPEG."""
    trail.note("sample.image", sample=image_id)
    return Response(parts.store.samples.image(image_id), media_type="image/jpeg")


@router.get("/static/{key}/images/{image_id}", response_class=Response, responses=JPEG_ANSWER)
@public
def static_image(key: str, image_id: Id, parts: Deps, request: Request) -> Response:
    """The same for an <img> of a page: the API key is a part of the address. An address gets into
    logs and histories: give such a page a key with `people:read` alone."""
    principal = _by_key(key, parts)
    principal.require(Scope.PEOPLE_READ)
    trail = Trail(request.app.state.audit_log, principal, "", address_of(request))
    trail.note("sample.image", sample=image_id)
    return Response(parts.store.samples.image(image_id), media_type="image/jpeg")


def _by_key(key: str, parts: Dependencies) -> Principal:
    if len(key) > MAX_KEY_CHARACTERS:
        raise InvalidToken("this is no API key of this server")
    return parts.accounts.by_key(key, time.time())
