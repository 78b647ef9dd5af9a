"""The audit log of requests: written before the answer goes out.

On a full disk reading goes on, so the entries wait in memory, a bounded number of them, and are
written once there is room. What changes something fails by itself then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from lookout.server.accounts.scopes import Principal
from lookout.server.api.errors.envelope import request_id_of
from lookout.server.api.security.authorization import principal_of
from lookout.server.api.security.client_address import address_of
from lookout.server.storage.errors import DiskFull, StorageError
from lookout.server.storage.records import AuditEntry, new_id
from lookout.server.storage.store import Store

log = logging.getLogger(__name__)


MAX_WAITING = 1000
"""Entries that wait for room on the disk; beyond them nothing is answered that must be noted."""


class AuditLog:
    """The store's audit log, and the entries that wait for it. Any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[AuditEntry] = deque()
        self._lock = threading.Lock()

    def add(self, entry: AuditEntry) -> None:
        """Raises StorageError, and DiskFull only once MAX_WAITING entries wait."""
        with self._lock:
            self._waiting.append(entry)
            try:
                while self._waiting:
                    self._store.audit.add(self._waiting[0])
                    self._waiting.popleft()
            except DiskFull as error:
                if len(self._waiting) > MAX_WAITING:
                    self._waiting.pop()
                    raise
                log.warning("an entry of the audit log waits in memory: %s", error)
            except StorageError:
                self._waiting.pop()
                raise


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit log, for one request."""

    log: AuditLog
    actor: Principal
    request_id: str
    address: str

    def note(self, action: str, subject: str = "", **detail: object) -> None:
        """Writes one entry; `subject` is an id, never a name. Raises StorageError: an action that
        cannot be written down does not happen."""
        self.log.add(
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
        request.app.state.audit_log,
        principal_of(request),
        request_id_of(request),
        address_of(request),
    )


Trailing = Annotated[Trail, Depends(trail_of)]
"""The audit log, as a parameter of a route."""
