"""Who the faces of a picture are, where they are, and who embeddings are."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import Body, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.routes.compat.compreface.options import Asked, Predictions, new_router
from lookout.server.api.routes.compat.dialects import fields_of, picture_body, picture_in
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import allow
from lookout.server.api.services.multipart import ONE_PICTURE_BODY
from lookout.server.api.services.scoring import FaceMatch, match, matches_of
from lookout.server.gallery.people_index import PeopleSnapshot

router = new_router()

MAX_EMBEDDINGS = 100
LARGEST = 1e3
"""Of the numbers of an embedding; encoders' own stay near 1."""


@router.post(
    "/recognition/recognize", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file")
)
@allow(Scope.RECOGNIZE)
async def recognize(
    request: Request,
    options: Asked,
    parts: Deps,
    trail: Trailing,
    prediction_count: Predictions = 1,
) -> dict[str, Any]:
    """Every face and the subjects that it is most like."""
    look = await parts.analyzer.analyze(picture_in(await fields_of(request), "file"))

    def tell() -> dict[str, Any]:
        chosen = options.faces(look, parts)
        known, encodings = parts.known.renew(), look.encodings[chosen]
        found = matches_of(encodings, known, parts.rule, parts.negatives(), parts.metrics)
        result = [
            {
                **options.face(look, face, parts),
                "subjects": _most_like(one, known, prediction_count),
            }
            for face, one in zip(chosen, found, strict=True)
        ]
        trail.note("recognize", faces=len(result))
        return options.whole(result, parts)

    return await run_in_threadpool(tell)


@router.post(
    "/detection/detect", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file")
)
@allow(Scope.RECOGNIZE)
async def detect(request: Request, options: Asked, parts: Deps) -> dict[str, Any]:
    """Every face, whoever it is."""
    look = await parts.analyzer.analyze(picture_in(await fields_of(request), "file"))
    return options.whole(
        [options.face(look, face, parts) for face in options.faces(look, parts)], parts
    )


class Embeddings(BaseModel):
    embeddings: Annotated[list[list[float]], Body(min_length=1, max_length=MAX_EMBEDDINGS)]


@router.post("/recognition/embeddings/recognize")
@allow(Scope.RECOGNIZE)
def recognize_embeddings(
    given: Embeddings, parts: Deps, trail: Trailing, prediction_count: Predictions = 1
) -> dict[str, Any]:
    """The subjects that each embedding of the encoder in use is most like."""
    dimension, known = parts.analyzer.encoder.dimension, parts.known.renew()
    result = []
    for embedding in given.embeddings:
        if len(embedding) != dimension or not all(abs(value) <= LARGEST for value in embedding):
            words = f"an embedding here is {dimension} numbers from -{LARGEST:g} to {LARGEST:g}"
            raise BadRequest("invalid_request", words)
        found = match(np.array(embedding, np.float32), known, parts.rule, parts.negatives())
        similarities = _most_like(found, known, prediction_count)
        result.append({"embedding": embedding, "similarities": similarities})
    trail.note("recognize", embeddings=len(result))
    return {"result": result}


def _most_like(found: FaceMatch, known: PeopleSnapshot, count: int) -> list[dict[str, Any]]:
    return [
        {"similarity": round(one.similarity, 5), "subject": known.labels[one.person.id]}
        for one in found.candidates[:count]
    ]
