"""Who did what to whom, written to the audit log before the answer goes out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from lookout.server.accounts.scopes import Principal
from lookout.server.api.dependencies import dependencies_of
from lookout.server.api.errors.envelope import request_id_of
from lookout.server.api.security.authorization import principal_of
from lookout.server.api.security.client_address import address_of
from lookout.server.storage.records import AuditEntry, new_id
from lookout.server.storage.store import Store


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit log, for one request."""

    store: Store
    actor: Principal
    request_id: str
    address: str

    def note(self, action: str, subject: str = "", **detail: object) -> None:
        """Write one entry; `subject` is an id, never a name. Raises StorageError: what cannot be
        written down does not happen."""
        self.store.audit.add(
            AuditEntry(
                id=new_id(),
                at_s=time.time(),
                actor=self.actor.name,
                action=action,
                subject=subject,
                detail={**detail, "request": self.request_id, "address": self.address},
            )
        )


def trail_of(request: Request) -> Trail:
    return Trail(
        dependencies_of(request).store,
        principal_of(request),
        request_id_of(request),
        address_of(request),
    )


Trailing = Annotated[Trail, Depends(trail_of)]
"""The audit log, as a parameter of a route."""
