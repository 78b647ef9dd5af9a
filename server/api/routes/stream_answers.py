"""The answers to pictures that went over Kafka."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.events.types import EventType
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import EventFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["recognition"])


class StreamAnswer(BaseModel):
    """status: `recognized`, `expired` or `failed`. answer: what was found, or `reason`."""

    id: str
    at: float
    status: str
    answer: dict[str, Any]


@router.get("/recognize/{picture}")
@allow(Scope.RECOGNIZE)
def stream_answer(picture: Id, parts: Deps, trail: Trailing) -> StreamAnswer:
    """What was answered to a picture that was sent with `via=kafka`, with the names of now. 404
    while it waits."""
    which = EventFilter(
        subject=picture, kinds=(EventType.PICTURE_RECOGNIZED, EventType.PICTURE_FAILED)
    )
    found = parts.store.events.page(1, None, which).items
    if not found:
        raise NotFound("there is no answer to this picture: it waits, or was never sent")
    event = found[0]
    trail.note("recognize", picture)
    detail = dict(parts.envelopes.of(event).get("detail", {}))
    return StreamAnswer(
        id=picture, at=event.at_s, status=str(detail.pop("status", "")), answer=detail
    )
