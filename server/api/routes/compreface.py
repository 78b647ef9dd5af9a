"""CompreFace's routes, so that its clients work unchanged: subjects, faces, recognition.

A subject is a person by name. Plug-ins there are: `landmarks` and `calculator`; age, gender, mask
and pose are left out of the answers. docs/api.md has the scale of `similarity`.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from faces.photo import NO_FACE
from server.accounts.errors import BadToken
from server.accounts.scopes import Principal, Scope
from server.api.compat import (
    everybody,
    fields_of,
    find_subject,
    int_box,
    labels_of,
    largest_first,
    picture_body,
    picture_in,
    probability,
    subject_or_404,
)
from server.api.enrolling import keep
from server.api.errors import BadRequest, unfit
from server.api.faces_out import points_of
from server.api.fields import Id
from server.api.guard import GuardedImitation, allow, public
from server.api.looks import Look
from server.api.matching import match, similarity_of_two
from server.api.parts import Parts, With
from server.api.routes.people import Name
from server.api.routes.sightings import JPEG_ANSWER
from server.api.trail import Trail, Trailing, address_of
from server.api.uploads import ONE_PICTURE_BODY, TWO_PICTURES_BODY
from server.storage.errors import NotFound
from server.storage.records import Person, new_id

router = APIRouter(prefix="/api/v1", route_class=GuardedImitation, tags=["CompreFace"])

PREFIXES = ("/api/v1/recognition", "/api/v1/detection", "/api/v1/verification", "/api/v1/static")
MAX_EMBEDDINGS = 100
LARGEST = 1e3
"""Of the numbers of an embedding; encoders' own stay near 1."""

Plugins = Annotated[str, Query(max_length=200, description="landmarks, calculator")]
Limit = Annotated[int, Query(ge=0, le=1000, description="largest faces first; 0: all")]
Probability = Annotated[float, Query(ge=0, le=1)]
Predictions = Annotated[int, Query(ge=1, le=1000)]


class SubjectBody(BaseModel):
    subject: Name


class Options:
    """What the query of a request about faces says."""

    def __init__(
        self,
        limit: Limit = 0,
        det_prob_threshold: Probability = 0.0,
        face_plugins: Plugins = "",
        status: bool = False,
    ) -> None:
        self.limit = limit
        self.least = det_prob_threshold
        self.plugins = {name.strip() for name in face_plugins.split(",")}
        self.status = status

    def faces(self, look: Look, parts: Parts) -> list[int]:
        """The faces that are asked for, largest first. Raises ApiError where there is none."""
        detector = parts.looks.detector.name
        found = [f for f in largest_first(look) if probability(look, f, detector) >= self.least]
        if not found:
            raise unfit([NO_FACE])
        return found[: self.limit or None]

    def face(self, look: Look, face: int, parts: Parts) -> dict[str, Any]:
        """One face as CompreFace tells it."""
        sure = probability(look, face, parts.looks.detector.name)
        told: dict[str, Any] = {"box": {"probability": round(sure, 5), **int_box(look, face)}}
        if "landmarks" in self.plugins:
            told["landmarks"] = [[round(x), round(y)] for x, y in points_of(look, face)]
        if "calculator" in self.plugins:
            told["embedding"] = [float(value) for value in look.encodings[face]]
        if self.status:
            told["execution_time"] = {
                stage: round(look.laps_ms[stage], 1) for stage in ("detector", "calculator")
            }
        return told

    def whole(self, result: list[dict[str, Any]], parts: Parts) -> dict[str, Any]:
        told: dict[str, Any] = {"result": result}
        if self.status:
            told["plugins_versions"] = self.versions(parts)
        return told

    def versions(self, parts: Parts) -> dict[str, str]:
        return {
            "detector": f"lookout.{parts.looks.detector.name}",
            "calculator": f"lookout.{parts.looks.encoder.name}",
        }


@router.get("/recognition/subjects")
@router.get("/recognition/subjects/", include_in_schema=False)
@allow(Scope.PEOPLE_READ)
def subjects(parts: With, trail: Trailing) -> dict[str, list[str]]:
    """Everybody who is known."""
    trail.note("people.read")
    return {"subjects": sorted(labels_of(everybody(parts)).values())}


@router.post("/recognition/subjects", status_code=201)
@allow(Scope.PEOPLE_WRITE)
def add_subject(given: SubjectBody, parts: With, trail: Trailing) -> dict[str, str]:
    """Make a subject; one that is there already is an error."""
    if find_subject(parts, given.subject) is not None:
        raise BadRequest("conflict", "a subject with this name already exists")
    _new_person(given.subject, parts, trail)
    return {"subject": given.subject}


@router.put("/recognition/subjects/{subject}")
@allow(Scope.PEOPLE_WRITE)
def rename_subject(
    subject: str, given: SubjectBody, parts: With, trail: Trailing
) -> dict[str, str]:
    """Rename; onto one that is there already, the two are merged."""
    person, other = subject_or_404(parts, subject), find_subject(parts, given.subject)
    if other is not None and other.id != person.id:
        parts.store.people.merge(person.id, other.id)
        trail.note("person.merge", other.id, merged=person.id)
    else:
        renamed = Person(
            person.id, given.subject, person.created_at, person.identifier, person.info
        )
        parts.store.people.update(renamed)
        trail.note("person.change", person.id, fields=["name"])
    parts.known.renew()
    return {"updated": "true"}


@router.delete("/recognition/subjects/{subject}")
@allow(Scope.PEOPLE_WRITE)
def delete_subject(subject: str, parts: With, trail: Trailing) -> dict[str, str]:
    """Forget one subject and all its faces."""
    person = subject_or_404(parts, subject)
    parts.known.forget_person(person.id)
    trail.note("person.delete", person.id)
    return {"subject": subject}


@router.delete("/recognition/subjects")
@allow(Scope.ADMIN)
def delete_subjects(parts: With, trail: Trailing) -> dict[str, int]:
    """Forget everybody: for administrators."""
    people = everybody(parts)
    for person in people:
        parts.known.forget_person(person.id)
        trail.note("person.delete", person.id)
    return {"deleted": len(people)}


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
    parts: With,
    trail: Trailing,
    det_prob_threshold: Probability = 0.0,
) -> dict[str, str]:
    """Learn a face; the subject is made where there is none. The picture shows one face."""
    photo = await parts.looks.photo(picture_in(await fields_of(request), "file"))
    Options(det_prob_threshold=det_prob_threshold).faces(photo.look, parts)

    def learn() -> dict[str, str]:
        with parts.store.transaction():
            person = find_subject(parts, subject) or _new_person(subject, parts, trail)
            sample = keep(photo, person.id, parts, use_poor=True)
            trail.note("samples.add", person.id, samples=[sample.id])
        parts.known.renew()
        return {"image_id": sample.id, "subject": subject}

    return await run_in_threadpool(learn)


@router.get("/recognition/faces")
@allow(Scope.PEOPLE_READ)
def faces(
    parts: With,
    trail: Trailing,
    page: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    size: Annotated[int, Query(ge=1, le=1000)] = 20,
    subject: Annotated[str | None, Query(max_length=200)] = None,
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
def delete_faces(
    parts: With, trail: Trailing, subject: Annotated[str | None, Query(max_length=200)] = None
) -> dict[str, int]:
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
    ids: Annotated[list[str], Body(max_length=1000)], parts: With, trail: Trailing
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
def delete_face(image_id: Id, parts: With, trail: Trailing) -> dict[str, str]:
    """Forget one face."""
    person = parts.store.people.get(parts.store.samples.get(image_id).person)
    parts.known.forget_samples([image_id])
    trail.note("sample.delete", person.id, sample=image_id)
    return {"image_id": image_id, "subject": person.name}


@router.get("/recognition/faces/{image_id}/img", response_class=Response, responses=JPEG_ANSWER)
@allow(Scope.PEOPLE_READ)
def face_image(image_id: Id, parts: With, trail: Trailing) -> Response:
    """The face that was learned, as JPEG."""
    trail.note("sample.image", sample=image_id)
    return Response(parts.store.samples.image(image_id), media_type="image/jpeg")


@router.get("/static/{key}/images/{image_id}", response_class=Response, responses=JPEG_ANSWER)
@public
def static_image(key: str, image_id: Id, parts: With, request: Request) -> Response:
    """The same for an <img> of a page: the API key is a part of the address. An address gets into
    logs and histories: give such a page a key with `people:read` alone."""
    principal = _by_key(key, parts)
    principal.require(Scope.PEOPLE_READ)
    trail = Trail(parts.store, principal, "", address_of(request))
    trail.note("sample.image", sample=image_id)
    return Response(parts.store.samples.image(image_id), media_type="image/jpeg")


@router.post(
    "/recognition/recognize", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file")
)
@allow(Scope.RECOGNIZE)
async def recognize(
    request: Request,
    parts: With,
    trail: Trailing,
    limit: Limit = 0,
    prediction_count: Predictions = 1,
    det_prob_threshold: Probability = 0.0,
    face_plugins: Plugins = "",
    status: bool = False,
) -> dict[str, Any]:
    """Every face and the subjects that it is most like."""
    options = Options(limit, det_prob_threshold, face_plugins, status)
    look = await parts.looks.look(picture_in(await fields_of(request), "file"))

    def tell() -> dict[str, Any]:
        known = parts.known.renew()
        result = []
        for face in options.faces(look, parts):
            found = match(look.encodings[face], known, parts.rule, parts.negatives())
            parts.metrics.faces.labels(found.decision.state.value).inc()
            told = options.face(look, face, parts)
            told["subjects"] = [
                {"similarity": round(one.similarity, 5), "subject": known.labels[one.person.id]}
                for one in found.candidates[:prediction_count]
            ]
            result.append(told)
        trail.note("recognize", faces=len(result))
        return options.whole(result, parts)

    return await run_in_threadpool(tell)


@router.post(
    "/recognition/faces/{image_id}/verify",
    max_body_size=ONE_PICTURE_BODY,
    openapi_extra=picture_body("file"),
)
@allow(Scope.RECOGNIZE)
async def verify_face(
    image_id: Id,
    request: Request,
    parts: With,
    trail: Trailing,
    limit: Limit = 0,
    det_prob_threshold: Probability = 0.0,
    face_plugins: Plugins = "",
    status: bool = False,
) -> dict[str, Any]:
    """Every face and how much it is like one that was learned."""
    options = Options(limit, det_prob_threshold, face_plugins, status)
    sample = await run_in_threadpool(parts.store.samples.get, image_id)
    encoder = parts.looks.encoder.name
    if sample.encoder != encoder:
        raise NotFound("this face was learned with another encoder than the one in use")
    look = await parts.looks.look(picture_in(await fields_of(request), "file"))
    result = [
        {
            **options.face(look, face, parts),
            "similarity": _similarity(look.encodings[face], sample.encoding, parts),
        }
        for face in options.faces(look, parts)
    ]
    await run_in_threadpool(trail.note, "verify", sample.person)
    return options.whole(result, parts)


@router.post(
    "/detection/detect", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file")
)
@allow(Scope.RECOGNIZE)
async def detect(
    request: Request,
    parts: With,
    limit: Limit = 0,
    det_prob_threshold: Probability = 0.0,
    face_plugins: Plugins = "",
    status: bool = False,
) -> dict[str, Any]:
    """Every face, whoever it is."""
    options = Options(limit, det_prob_threshold, face_plugins, status)
    look = await parts.looks.look(picture_in(await fields_of(request), "file"))
    return options.whole(
        [options.face(look, face, parts) for face in options.faces(look, parts)], parts
    )


@router.post(
    "/verification/verify",
    max_body_size=TWO_PICTURES_BODY,
    openapi_extra=picture_body("source_image", "target_image"),
)
@allow(Scope.RECOGNIZE)
async def verify(
    request: Request,
    parts: With,
    trail: Trailing,
    limit: Limit = 0,
    det_prob_threshold: Probability = 0.0,
    face_plugins: Plugins = "",
    status: bool = False,
) -> dict[str, Any]:
    """How much each face of one picture is like the largest face of another."""
    options = Options(limit, det_prob_threshold, face_plugins, status)
    fields = await fields_of(request)
    source = await parts.looks.look(picture_in(fields, "source_image"))
    target = await parts.looks.look(picture_in(fields, "target_image"))
    first = options.faces(source, parts)[0]
    matches = [
        {
            **options.face(target, face, parts),
            "similarity": _similarity(target.encodings[face], source.encodings[first], parts),
        }
        for face in options.faces(target, parts)
    ]
    await run_in_threadpool(trail.note, "verify")
    told: dict[str, Any] = {
        "source_image_face": options.face(source, first, parts),
        "face_matches": matches,
    }
    if options.status:
        told["plugins_versions"] = options.versions(parts)
    return {"result": [told]}


class Embeddings(BaseModel):
    embeddings: Annotated[list[list[float]], Body(min_length=1, max_length=MAX_EMBEDDINGS)]


@router.post("/recognition/embeddings/recognize")
@allow(Scope.RECOGNIZE)
def recognize_embeddings(
    given: Embeddings, parts: With, trail: Trailing, prediction_count: Predictions = 1
) -> dict[str, Any]:
    """The subjects that each embedding of the encoder in use is most like."""
    dimension, known = parts.looks.encoder.dimension, parts.known.renew()
    result = []
    for embedding in given.embeddings:
        if len(embedding) != dimension or not all(abs(value) <= LARGEST for value in embedding):
            words = f"an embedding here is {dimension} numbers from -{LARGEST:g} to {LARGEST:g}"
            raise BadRequest("invalid_request", words)
        found = match(np.array(embedding, np.float32), known, parts.rule, parts.negatives())
        result.append(
            {
                "embedding": embedding,
                "similarities": [
                    {"subject": known.labels[one.person.id], "similarity": round(one.similarity, 5)}
                    for one in found.candidates[:prediction_count]
                ],
            }
        )
    trail.note("recognize", embeddings=len(result))
    return {"result": result}


def _similarity(a: Any, b: Any, parts: Parts) -> float:
    return round(similarity_of_two(a, b, parts.rule, parts.looks.encoder.name)[1], 5)


def _new_person(name: str, parts: Parts, trail: Trail) -> Person:
    person = Person(new_id(), name, time.time())
    parts.store.people.add(person)
    trail.note("person.add", person.id)
    return person


def _by_key(key: str, parts: Parts) -> Principal:
    if len(key) > 200:
        raise BadToken("this is no API key of this server")
    return parts.accounts.by_key(key, time.time())
