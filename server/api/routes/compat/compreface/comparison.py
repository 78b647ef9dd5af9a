"""The similarity of faces to one that was learned, or to one of another picture."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from lookout.faces.detections import Floats
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.routes.compat.compreface.options import Asked, Options, new_router
from lookout.server.api.routes.compat.fields import fields_of, picture_body, picture_in
from lookout.server.api.routes.compat.subjects import FaceNotFound, sample_or_404
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import allow
from lookout.server.api.services.multipart import ONE_PICTURE_BODY, TWO_PICTURES_BODY
from lookout.server.api.services.scoring import similarity_of_two
from lookout.server.recognize.analysis import AnalyzedImage
from lookout.server.storage.records import FaceSample

router = new_router()


@router.post(
    "/recognition/faces/{image_id}/verify",
    max_body_size=ONE_PICTURE_BODY,
    openapi_extra=picture_body("file"),
)
@allow(Scope.RECOGNIZE)
async def verify_face(
    image_id: Id, request: Request, options: Asked, parts: Deps, trail: Trailing
) -> dict[str, Any]:
    """Every face, with its similarity to one that was learned."""
    sample = await run_in_threadpool(usable_sample, image_id, parts)
    look = await parts.analyzer.analyze(picture_in(await fields_of(request), "file"))
    result = _compared(look, sample.encoding, options, parts)
    await run_in_threadpool(trail.note, "verify", sample.person)
    return options.whole(result, parts)


@router.post(
    "/verification/verify",
    max_body_size=TWO_PICTURES_BODY,
    openapi_extra=picture_body("source_image", "target_image"),
)
@allow(Scope.RECOGNIZE)
async def verify(request: Request, options: Asked, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """The similarity of each face of one picture to the largest face of another."""
    fields = await fields_of(request)
    source = await parts.analyzer.analyze(picture_in(fields, "source_image"))
    target = await parts.analyzer.analyze(picture_in(fields, "target_image"))
    first = options.faces(source, parts)[0]
    compared = {
        "source_image_face": options.face(source, first, parts),
        "face_matches": _compared(target, source.encodings[first], options, parts),
        **options.versions(parts),
    }
    await run_in_threadpool(trail.note, "verify")
    return {"result": [compared]}


def usable_sample(image_id: str, parts: Dependencies) -> FaceSample:
    """A face that was learned with the encoder in use. Raises FaceNotFound."""
    sample = sample_or_404(parts, image_id)
    if sample.encoder != parts.analyzer.encoder.name:
        raise FaceNotFound("this face was learned with another encoder than the one in use")
    return sample


def _compared(
    look: AnalyzedImage, encoding: Floats, options: Options, parts: Dependencies
) -> list[dict[str, Any]]:
    encoder = parts.analyzer.encoder.name
    return [
        {
            **options.face(look, face, parts),
            "similarity": round(
                similarity_of_two(look.encodings[face], encoding, parts.rule, encoder)[1], 5
            ),
        }
        for face in options.faces(look, parts)
    ]
