"""The audit log in MongoDB."""

from __future__ import annotations

from lookout.server.storage.errors import Conflict
from lookout.server.storage.mongo.common import (
    MongoTools,
    all_of,
    before,
    given,
    newest_first,
    page_of,
    span,
)
from lookout.server.storage.paging import checked_limit
from lookout.server.storage.records import AuditEntry, AuditFilter, Page
from lookout.server.storage.rows.accounts import audit_fields, read_audit


class MongoAudit:
    """`server.storage.store_events.Audit`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, entry: AuditEntry) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.insert("audit", audit_fields(entry, self._tools.store_key))
        except Conflict as error:
            raise Conflict(f"audit entry {entry.id} is there already") from error

    def page(
        self, limit: int, cursor: str | None = None, which: AuditFilter | None = None
    ) -> Page[AuditEntry]:
        which = which or AuditFilter()
        query = given(
            actor=which.actor,
            action=which.action,
            subject=which.subject,
            at_s=span(which.since_s, which.until_s),
        )
        asked = all_of(query, before(cursor, "at_s"))
        with self._tools.database.read() as reader:
            rows = reader.find("audit", asked, newest_first("at_s"), checked_limit(limit) + 1)
        return page_of(
            rows, limit, ("at_s", "_id"), lambda row: read_audit(row, self._tools.store_key)
        )

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            rows = writer.find("audit", {"at_s": {"$lt": before_s}}, limit=limit, fields=("_id",))
            return writer.delete("audit", {"_id": {"$in": [row["_id"] for row in rows]}})
