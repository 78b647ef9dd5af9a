"""The audit log: for administrators."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.schemas.common import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    PageOf,
    Since,
    Word,
)
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.storage.records import AuditFilter

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["users"])


class AuditOut(BaseModel):
    id: str
    at: float
    actor: str
    action: str
    subject: str
    detail: dict[str, object]


@router.get("/audit")
@allow(Scope.ADMIN)
def audit(
    parts: Deps,
    trail: Trailing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    actor: Word = None,
    action: Word = None,
    subject: Word = None,
    since: Since = None,
    until: Since = None,
) -> PageOf[AuditOut]:
    """The looks at, searches for, exports and changes of people; latest first."""
    which = AuditFilter(actor, action, subject, since, until)
    page = parts.store.audit.page(limit, cursor, which)
    trail.note("audit.read")
    return PageOf(
        items=[
            AuditOut(
                id=entry.id,
                at=entry.at_s,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                detail=dict(entry.detail),
            )
            for entry in page.items
        ],
        cursor=page.cursor,
    )
