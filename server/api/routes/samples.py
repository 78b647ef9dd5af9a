"""The face samples of people: what recognition compares with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from lookout.faces.errors import BadImage
from lookout.faces.liveness.verdict import SPOOF, LivenessState
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import (
    ApiError,
    Overloaded,
    error_response,
    rejection_error,
)
from lookout.server.api.schemas.common import (
    DEFAULT_LIMIT,
    JPEG_ANSWER,
    Count,
    Cursor,
    Id,
    IdText,
    Limit,
    PageOf,
)
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing, VisibleCameras
from lookout.server.api.services.enrolment import Doubtful, Enrolment, GivenPhoto, refuse_spoof
from lookout.server.api.services.multipart import MANY_PICTURES_BODY, MAX_FILES, bytes_of
from lookout.server.storage.records import FaceSample

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["people"])


class SampleOut(BaseModel):
    """One face of a person. `origin`: upload, capture, registry, encodings.pkl … `poor`: something
    spoke against the photograph, and it was used all the same."""

    id: str
    person: str
    encoder: str
    origin: str
    created_at: float
    quality: float | None
    has_image: bool
    poor: bool

    @classmethod
    def of(cls, sample: FaceSample) -> SampleOut:
        return cls.model_validate(sample, from_attributes=True)


class Rejected(BaseModel):
    """A photograph that was not used, and why; or that is poor, and used all the same."""

    index: int
    filename: str
    code: str
    message: str
    details: dict[str, object]

    @classmethod
    def of(cls, doubtful: Doubtful) -> Rejected:
        answer = error_response(doubtful.error)
        if answer is None:
            raise doubtful.error
        return cls(
            index=doubtful.given.index,
            filename=doubtful.given.name[:200],
            code=answer.code,
            message=answer.message,
            details=dict(answer.details),
        )


class Enrolled(BaseModel):
    """The result of each photograph. `poor`: those of `items` that something speaks against; they
    are used because it was asked for, or because there is no better one of the person."""

    items: list[SampleOut]
    rejected: list[Rejected]
    poor: list[Rejected]

    @classmethod
    def of(cls, enrolment: Enrolment) -> Enrolled:
        return cls(
            items=[SampleOut.of(sample) for sample in enrolment.kept],
            rejected=[Rejected.of(doubtful) for doubtful in enrolment.refused],
            poor=[Rejected.of(doubtful) for doubtful in enrolment.poor],
        )


class FromSightings(BaseModel):
    """Sightings whose best shots are to be learned; with `keep_anyway` also of those whose face
    looked like a picture."""

    sightings: list[IdText] = Field(min_length=1, max_length=20)
    keep_anyway: bool = False


class Move(BaseModel):
    """Give samples to another person."""

    samples: list[IdText] = Field(min_length=1, max_length=200)
    person: IdText


@router.post("/people/{person}/samples", status_code=201, max_body_size=MANY_PICTURES_BODY)
@allow(Scope.PEOPLE_WRITE)
async def add_samples(
    person: Id,
    files: Annotated[
        list[UploadFile], File(description="photographs of one person", max_length=MAX_FILES)
    ],
    parts: Deps,
    trail: Trailing,
    use_poor: Annotated[
        bool, Query(description="learn from a dark, blurred or small face, too")
    ] = False,
    keep_anyway: Annotated[
        bool, Query(description="learn from a face that looks like a picture of one, too")
    ] = False,
) -> Enrolled:
    """Learns a person's face from photographs. 201 if at least one could be used; of a new person
    without a good one the best of the poor ones is used, and listed under `poor`, too."""
    enrolment = await _enrolment(person, parts, use_poor=use_poor)
    for index, file in enumerate(files):
        name = file.filename or ""
        given = GivenPhoto(index, name, name)
        await _take(enrolment, given, partial(bytes_of, file), parts, keep_anyway=keep_anyway)
    await run_in_threadpool(enrolment.finish)
    enrolled = Enrolled.of(enrolment)
    if not enrolled.items:
        first = enrolled.rejected[0]
        details = {**first.details, "rejected": [one.model_dump() for one in enrolled.rejected]}
        raise ApiError(422, first.code, first.message, details)
    await run_in_threadpool(_write_down, enrolled, person, parts, trail)
    return enrolled


@router.post("/people/{person}/samples/from-sightings", status_code=201)
@allow(Scope.PEOPLE_WRITE)
async def add_from_sightings(
    person: Id, given: FromSightings, parts: Deps, trail: Trailing, visible: Seeing
) -> Enrolled:
    """Learns a person's face from the best shots of sightings, by the same standard as from any
    photograph; 201 also where none of them is good enough."""
    trail.actor.require(Scope.SIGHTINGS_READ)
    enrolment = await _enrolment(person, parts)
    for index, sighting in enumerate(given.sightings):
        photo = GivenPhoto(index, sighting, f"sighting {sighting}")
        read = partial(
            run_in_threadpool, _shot, sighting, parts, visible, keep_anyway=given.keep_anyway
        )
        await _take(enrolment, photo, read, parts)
    await run_in_threadpool(enrolment.finish)
    enrolled = Enrolled.of(enrolment)
    await run_in_threadpool(_write_down, enrolled, person, parts, trail)
    return enrolled


@router.get("/people/{person}/samples")
@allow(Scope.PEOPLE_READ)
def samples(
    person: Id,
    parts: Deps,
    trail: Trailing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PageOf[SampleOut]:
    """The samples of a person, oldest first."""
    parts.store.people.get(person)
    page = parts.store.samples.page(limit, cursor, person)
    trail.note("samples.read", person)
    return PageOf(items=[SampleOut.of(sample) for sample in page.items], cursor=page.cursor)


@router.post("/samples/move")
@allow(Scope.PEOPLE_WRITE)
def move_samples(given: Move, parts: Deps, trail: Trailing) -> Count:
    """Gives samples that were learned under a wrong name to the person whom they show."""
    parts.store.people.get(given.person)
    parts.store.samples.move(given.samples, given.person)
    trail.note("samples.move", given.person, samples=given.samples)
    parts.known.renew()
    return Count(count=len(given.samples))


@router.get("/samples/{sample}")
@allow(Scope.PEOPLE_READ)
def sample(sample: Id, parts: Deps, trail: Trailing) -> SampleOut:
    """One sample."""
    found = parts.store.samples.get(sample)
    trail.note("sample.read", found.person, sample=sample)
    return SampleOut.of(found)


@router.get("/samples/{sample}/image", response_class=Response, responses=JPEG_ANSWER)
@allow(Scope.PEOPLE_READ)
def sample_image(sample: Id, parts: Deps, trail: Trailing) -> Response:
    """The face that was learned, as JPEG."""
    jpeg = parts.store.samples.image(sample)
    trail.note("sample.image", parts.store.samples.get(sample).person, sample=sample)
    return Response(jpeg, media_type="image/jpeg")


@router.delete("/samples/{sample}", status_code=204)
@allow(Scope.PEOPLE_WRITE)
def delete_sample(sample: Id, parts: Deps, trail: Trailing) -> None:
    """Forgets one sample."""
    found = parts.store.samples.get(sample)
    parts.known.forget_samples([sample])
    trail.note("sample.delete", found.person, sample=sample)


async def _enrolment(person: str, parts: Dependencies, *, use_poor: bool = False) -> Enrolment:
    encoder = parts.analyzer.encoder.name
    return await run_in_threadpool(Enrolment, parts.store, encoder, person, use_poor=use_poor)


async def _take(
    enrolment: Enrolment,
    given: GivenPhoto,
    read: Callable[[], Awaitable[bytes]],
    parts: Dependencies,
    *,
    keep_anyway: bool = True,
) -> None:
    try:
        photo = await parts.analyzer.examine(await read())
        if not keep_anyway:
            proofs = parts.recognition.proofs
            await run_in_threadpool(refuse_spoof, photo, parts.analyzer, proofs)
        await run_in_threadpool(enrolment.take, given, photo)
    except Overloaded:
        raise
    except (ApiError, BadImage) as error:
        enrolment.refuse(given, error)


def _write_down(enrolled: Enrolled, person: str, parts: Dependencies, trail: Trail) -> None:
    trail.note("samples.add", person, samples=[sample.id for sample in enrolled.items])
    parts.known.renew()


def _shot(
    sighting: str, parts: Dependencies, visible: VisibleCameras, *, keep_anyway: bool
) -> bytes:
    found = parts.store.sightings.get(sighting)
    visible.checked(found)
    seen = found.detail.get("liveness")
    if not keep_anyway and isinstance(seen, dict) and seen.get("state") == LivenessState.SPOOF:
        raise rejection_error([SPOOF])
    return parts.store.sightings.image(sighting)
