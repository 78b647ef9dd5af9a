"""Embeddings in place of pictures: recognized, or compared with a learned face or each other."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import Body
from pydantic import BaseModel

from lookout.faces.detections import Floats
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.routes.compat.compreface.comparison import usable_sample
from lookout.server.api.routes.compat.compreface.options import Predictions, new_router
from lookout.server.api.routes.compat.compreface.recognition import most_like
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import allow
from lookout.server.api.services.scoring import match, similarity_of_two

router = new_router()

MAX_EMBEDDINGS = 100
LARGEST = 1e3
"""Of the numbers of an embedding; encoders' own stay near 1."""

Embedding = list[float]
Several = Annotated[list[Embedding], Body(min_length=1, max_length=MAX_EMBEDDINGS)]


class Embeddings(BaseModel):
    """Embeddings of the encoder in use."""

    embeddings: Several


class SourceAndTargets(BaseModel):
    """An embedding, and those to compare with it."""

    source: Embedding
    targets: Several


@router.post("/recognition/embeddings/recognize")
@allow(Scope.RECOGNIZE)
def recognize_embeddings(
    given: Embeddings, parts: Deps, trail: Trailing, prediction_count: Predictions = 1
) -> dict[str, Any]:
    """The subjects that each embedding is most like."""
    known = parts.known.renew()
    result = []
    for embedding in given.embeddings:
        found = match(_encoding(embedding, parts), known, parts.rule, parts.negatives())
        similarities = most_like(found, known, prediction_count)
        result.append({"embedding": embedding, "similarities": similarities})
    trail.note("recognize", embeddings=len(result))
    return {"result": result}


@router.post("/recognition/embeddings/faces/{image_id}/verify")
@allow(Scope.RECOGNIZE)
def verify_embeddings(
    image_id: Id, given: Embeddings, parts: Deps, trail: Trailing
) -> dict[str, Any]:
    """The similarity of each embedding to a face that was learned."""
    sample = usable_sample(image_id, parts)
    result = _compared(given.embeddings, sample.encoding, parts)
    trail.note("verify", sample.person)
    return {"result": result}


@router.post("/verification/embeddings/verify")
@allow(Scope.RECOGNIZE)
def compare_embeddings(given: SourceAndTargets, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """The similarity of each target to the source."""
    result = _compared(given.targets, _encoding(given.source, parts), parts)
    trail.note("verify")
    return {"result": result}


def _compared(
    embeddings: list[Embedding], encoding: Floats, parts: Dependencies
) -> list[dict[str, Any]]:
    encoder = parts.analyzer.encoder.name
    similarities = [
        similarity_of_two(_encoding(embedding, parts), encoding, parts.rule, encoder)[1]
        for embedding in embeddings
    ]
    return [
        {"embedding": embedding, "similarity": round(similarity, 5)}
        for embedding, similarity in zip(embeddings, similarities, strict=True)
    ]


def _encoding(embedding: Embedding, parts: Dependencies) -> Floats:
    """(D,) float32. Raises BadRequest for what the encoder in use cannot have made."""
    dimension = parts.analyzer.encoder.dimension
    if len(embedding) != dimension or not all(abs(value) <= LARGEST for value in embedding):
        words = f"an embedding here is {dimension} numbers from -{LARGEST:g} to {LARGEST:g}"
        raise BadRequest("invalid_request", words)
    return np.array(embedding, np.float32)
