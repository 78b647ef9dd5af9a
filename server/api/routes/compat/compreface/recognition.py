"""The faces of a picture: where they are, and the subjects that they are most like."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.routes.compat.compreface.options import Asked, Predictions, new_router
from lookout.server.api.routes.compat.fields import fields_of, picture_body, picture_in
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import allow
from lookout.server.api.services.multipart import ONE_PICTURE_BODY
from lookout.server.api.services.scoring import FaceMatch, matches_of
from lookout.server.gallery.people_snapshot import PeopleSnapshot

router = new_router()


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

    def answer() -> dict[str, Any]:
        chosen = options.faces(look, parts)
        known, encodings = parts.known.renew(), look.encodings[chosen]
        liveness = parts.analyzer.liveness_in(look, list(chosen))
        found = matches_of(encodings, known, parts.rule, parts.negatives(), parts.metrics, liveness)
        result = [
            {
                **options.face(look, face, parts),
                "subjects": most_like(decided, known, prediction_count),
            }
            for face, decided in zip(chosen, found, strict=True)
        ]
        trail.note("recognize", faces=len(result))
        return options.whole(result, parts)

    return await run_in_threadpool(answer)


@router.post(
    "/detection/detect", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file")
)
@allow(Scope.RECOGNIZE)
async def detect(request: Request, options: Asked, parts: Deps) -> dict[str, Any]:
    """Every face, known or not."""
    look = await parts.analyzer.analyze(picture_in(await fields_of(request), "file"))
    return options.whole(
        [options.face(look, face, parts) for face in options.faces(look, parts)], parts
    )


def most_like(found: FaceMatch, known: PeopleSnapshot, count: int) -> list[dict[str, Any]]:
    """The `count` subjects that a face is most like, best first."""
    return [
        {"similarity": round(candidate.similarity, 5), "subject": known.labels[candidate.person.id]}
        for candidate in found.candidates[:count]
    ]
