"""Recognition of pictures, comparison of two, and the search for a face among the sightings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from lookout.faces.decision.similarity import MOST_UNNAMED
from lookout.faces.photo.judgement import NO_FACE
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError, rejection_error
from lookout.server.api.routes.sightings import SightingOut, told
from lookout.server.api.schemas.common import (
    Since,
    Word,
)
from lookout.server.api.schemas.faces import FaceOut, face_out, timings
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.api.services.base_path import Address
from lookout.server.api.services.multipart import (
    ONE_PICTURE_BODY,
    TWO_PICTURES_BODY,
    PictureFile,
    bytes_of,
)
from lookout.server.api.services.scoring import matches_of, similarity_of_two
from lookout.server.movement.face_search import Order, search_face
from lookout.server.recognize.analysis import AnalyzedImage
from lookout.server.storage.records import SightingFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["recognition"])

Top = Annotated[int, Query(ge=1, le=5, description="how many candidates for each face")]


class Recognition(BaseModel):
    """Every face in a picture. `size_wh` is of the picture as it was sent, upright."""

    faces: list[FaceOut]
    size_wh: tuple[int, int]
    encoder: str
    timings_ms: dict[str, float]


class Verification(BaseModel):
    """The comparison of the largest faces of two pictures."""

    same: bool
    similarity: float
    distance: float
    encoder: str


class Found(BaseModel):
    """A sighting of somebody who looks like the face that was searched for."""

    sighting: SightingOut
    distance: float


class SearchResult(BaseModel):
    """`searched`: how many sightings were compared."""

    items: list[Found]
    searched: int


class Via(StrEnum):
    """The way of a picture: kafka is answered at once, and recognized by and by."""

    DIRECT = "direct"
    KAFKA = "kafka"


class Waiting(BaseModel):
    """A picture that Kafka has taken; `answer` is where its answer will be."""

    id: str
    answer: Address


@router.post(
    "/recognize",
    max_body_size=ONE_PICTURE_BODY,
    responses={202: {"model": Waiting, "description": "via=kafka: Kafka has the picture"}},
)
@allow(Scope.RECOGNIZE)
async def recognize(
    file: PictureFile,
    parts: Deps,
    trail: Trailing,
    response: Response,
    top: Top = 3,
    via: Annotated[Via, Query(description="kafka: do not wait for the answer")] = Via.DIRECT,
    source: Annotated[
        str, Query(max_length=100, description="via=kafka: one source's pictures keep their order")
    ] = "",
) -> Recognition | Waiting:
    """Every face in a picture, with its name."""
    content = await bytes_of(file)
    if via is Via.KAFKA:
        response.status_code = 202
        return await put_into_kafka(content, source, parts, trail)
    look = await parts.analyzer.analyze(content)
    return await run_in_threadpool(_recognition, look, parts, trail, top)


async def put_into_kafka(content: bytes, source: str, parts: Dependencies, trail: Trail) -> Waiting:
    """Puts a picture into Kafka. Raises ApiError where there is none, and StreamError."""
    if parts.stream is None:
        raise ApiError(409, "no_kafka", "this server was started without --kafka")
    picture = await parts.stream(content, source)
    await run_in_threadpool(trail.note, "recognize.send", picture)
    return Waiting(id=picture, answer=f"/api/v1/recognize/{picture}")


def _recognition(
    look: AnalyzedImage, parts: Dependencies, trail: Trailing, top: int
) -> Recognition:
    known = parts.known.renew()
    liveness = parts.analyzer.liveness_in(look)
    found = matches_of(
        look.encodings, known, parts.rule, parts.negatives(), parts.metrics, liveness
    )
    trail.note(
        "recognize", faces=len(found), known=[face.person.id for face in found if face.person]
    )
    return Recognition(
        faces=[face_out(look, face, match, top) for face, match in enumerate(found)],
        size_wh=look.picture.size_wh,
        encoder=parts.analyzer.encoder.name,
        timings_ms=dict(timings(look)),
    )


@router.post("/verify", max_body_size=TWO_PICTURES_BODY)
@allow(Scope.RECOGNIZE)
async def verify(
    file_a: PictureFile, file_b: PictureFile, parts: Deps, trail: Trailing
) -> Verification:
    """Compares the largest face of each picture: is it the same person?"""
    looks = [await parts.analyzer.analyze(await bytes_of(file)) for file in (file_a, file_b)]
    first, second = (look.encodings[largest_face(look)] for look in looks)
    await run_in_threadpool(trail.note, "verify")
    encoder = parts.analyzer.encoder.name
    distance, similarity = similarity_of_two(first, second, parts.rule, encoder)
    return Verification(
        same=similarity > MOST_UNNAMED, similarity=similarity, distance=distance, encoder=encoder
    )


@router.post("/search", max_body_size=ONE_PICTURE_BODY)
@allow(Scope.RECOGNIZE)
async def search(
    file: PictureFile,
    parts: Deps,
    trail: Trailing,
    visible: Seeing,
    camera: Word = None,
    since: Since = None,
    until: Since = None,
    order: Order = Order.NEAREST,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> SearchResult:
    """The sightings of the largest face of a picture, under whatever name or none, among all that
    are kept: the nearest first, or the latest. `until` leads on to earlier ones."""
    look = await parts.analyzer.analyze(await bytes_of(file))
    encoding = look.encodings[largest_face(look)]

    def find() -> SearchResult:
        which = SightingFilter(camera=camera, since_s=since, until_s=until, cameras=visible.names)
        encoder = parts.analyzer.encoder
        result = search_face(
            parts.seen_faces,
            parts.store,
            encoding,
            encoder.tolerance,
            which=which,
            order=order,
            limit=limit,
        )
        trail.note("search", searched=result.searched)
        seen = [parts.store.sightings.get(one.sighting) for one in result.found]
        found = told(seen, parts, trail)
        return SearchResult(
            items=[
                Found(sighting=one, distance=face.distance)
                for one, face in zip(found, result.found, strict=True)
            ],
            searched=result.searched,
        )

    return await run_in_threadpool(find)


def largest_face(look: AnalyzedImage) -> int:
    """The index of the widest face. Raises ApiError where there is none."""
    if not len(look):
        raise rejection_error([NO_FACE])
    return int(np.argmax(look.detections.size_wh[:, 0]))
