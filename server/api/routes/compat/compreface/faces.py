"""Faces: the photographs that subjects are known by."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Body, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.routes.compat.boxes import main_face_from
from lookout.server.api.routes.compat.compreface.options import Probability, new_router
from lookout.server.api.routes.compat.fields import fields_of, picture_body, picture_in
from lookout.server.api.routes.compat.imitation import blank_parameters
from lookout.server.api.routes.compat.subjects import (
    FaceNotFound,
    KeepAnyway,
    find_subject,
    forget_if_bare,
    learn_faces,
    sample_or_404,
)
from lookout.server.api.routes.people import Name
from lookout.server.api.schemas.common import JPEG_ANSWER, Id
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Asking, allow, public
from lookout.server.api.security.client_address import address_of
from lookout.server.api.services.multipart import ONE_PICTURE_BODY
from lookout.server.storage.errors import NotFound

router = new_router()

MAX_KEY_CHARACTERS = 200
MAX_PAGE_SIZE = 2000
DEFAULT_PAGE_SIZE = 20
FOR_EVERY_PAGE = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Of an image whose address holds a key: without it browsers keep it out of other sites' pages."""
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
    keep_anyway: KeepAnyway = False,
) -> dict[str, str]:
    """Learns a face; the subject is made where there is none. The picture shows one face, or one
    that the detector is sure of by `det_prob_threshold`."""
    choose = main_face_from(det_prob_threshold, parts.analyzer.detector.name)
    photo = await parts.analyzer.examine(picture_in(await fields_of(request), "file"), choose)
    _, (sample,) = await run_in_threadpool(
        learn_faces, subject, [photo], parts, trail, keep_anyway=keep_anyway
    )
    return {"image_id": sample.id, "subject": subject}


@router.get("/recognition/faces")
@allow(Scope.PEOPLE_READ)
def faces(
    parts: Deps,
    trail: Trailing,
    page: int = 0,
    size: int = DEFAULT_PAGE_SIZE,
    subject: OneSubject = None,
) -> dict[str, Any]:
    """The faces that are learned, in numbered pages. Beyond its limits a number is the nearest that
    is allowed, and a size below 1 the default."""
    page, size = max(page, 0), min(size, MAX_PAGE_SIZE) if size >= 1 else DEFAULT_PAGE_SIZE
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
def delete_faces(
    request: Request, parts: Deps, trail: Trailing, asking: Asking, subject: OneSubject = None
) -> dict[str, int]:
    """Forgets the faces of a subject; of everybody, where none is named: for administrators."""
    if "subject" in blank_parameters(request):
        words = "the subject is blank: leave the parameter out to delete everybody's faces"
        raise BadRequest("invalid_request", words)
    known = parts.known.renew()
    if subject is None:
        if not asking.may(Scope.ADMIN):
            raise BadRequest(
                "invalid_request",
                f"name a subject: {asking.name} may not delete everybody's faces, which needs the "
                f"right {Scope.ADMIN.value!r}",
            )
        owners = set(known.by_id.names)
    else:
        person = find_subject(parts, subject)
        owners = set() if person is None else {person.id}
    samples = [
        sample
        for sample, owner in zip(known.samples, known.by_id.names, strict=True)
        if owner in owners
    ]
    count = _forget(samples, owners, parts, trail)
    trail.note("samples.delete", "" if subject is None else next(iter(owners), ""), count=count)
    return {"deleted": count}


@router.post("/recognition/faces/delete")
@allow(Scope.PEOPLE_WRITE)
def delete_some_faces(
    ids: Annotated[list[str], Body(max_length=MAX_PAGE_SIZE)], parts: Deps, trail: Trailing
) -> list[dict[str, str]]:
    """Forgets faces by id; those that are not there are left out of the answer."""
    known = parts.known.renew()
    owners = dict(zip(known.samples, known.by_id.names, strict=True))
    there = [sample for sample in dict.fromkeys(ids) if sample in owners]
    _forget(there, {owners[sample] for sample in there}, parts, trail)
    trail.note("samples.delete", count=len(there))
    return [{"image_id": sample, "subject": known.labels[owners[sample]]} for sample in there]


@router.delete("/recognition/faces/{image_id}")
@allow(Scope.PEOPLE_WRITE)
def delete_face(image_id: Id, parts: Deps, trail: Trailing) -> dict[str, str]:
    """Forgets one face."""
    person = parts.store.people.get(sample_or_404(parts, image_id).person)
    trail.note("sample.delete", person.id, sample=image_id)
    _forget([image_id], {person.id}, parts, trail)
    return {"image_id": image_id, "subject": person.name}


@router.get("/recognition/faces/{image_id}/img", response_class=Response, responses=JPEG_ANSWER)
@allow(Scope.PEOPLE_READ)
def face_image(image_id: Id, parts: Deps, trail: Trailing) -> Response:
    """The face that was learned, as JPEG."""
    trail.note("sample.image", sample=image_id)
    return Response(_image(image_id, parts), media_type="image/jpeg")


@router.get("/static/{key}/images/{image_id}", response_class=Response, responses=JPEG_ANSWER)
@public
def static_image(key: str, image_id: Id, parts: Deps, request: Request) -> Response:
    """The same for an <img> of a page: the API key is a part of the address. An address gets into
    logs and histories: give such a page a key with `people:read` alone."""
    principal = _by_key(key, parts)
    principal.require(Scope.PEOPLE_READ)
    trail = Trail(request.app.state.audit_log, principal, "", address_of(request))
    trail.note("sample.image", sample=image_id)
    return Response(_image(image_id, parts), media_type="image/jpeg", headers=FOR_EVERY_PAGE)


def _forget(samples: list[str], owners: Iterable[str], parts: Dependencies, trail: Trail) -> int:
    """Forgets these faces, and those of their people of whom nothing else is kept."""
    count = parts.known.forget_samples(samples)
    for person in parts.store.people.many(list(owners)):
        forget_if_bare(person, parts, trail)
    return count


def _image(sample: str, parts: Dependencies) -> bytes:
    try:
        return parts.store.samples.image(sample)
    except NotFound as error:
        raise FaceNotFound(str(error)) from error


def _by_key(key: str, parts: Dependencies) -> Principal:
    if len(key) > MAX_KEY_CHARACTERS:
        raise InvalidToken("this is no API key of this server")
    return parts.accounts.by_key(key, time.time())
