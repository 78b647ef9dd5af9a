"""The audit log in SQLite."""

from __future__ import annotations

import sqlite3

from lookout.server.storage.errors import Conflict
from lookout.server.storage.paging import checked_limit, page_of, read_cursor
from lookout.server.storage.records import AuditEntry, AuditFilter, Page
from lookout.server.storage.rows.accounts import audit_fields, read_audit
from lookout.server.storage.sqlite.common import Tools, Where, insert


class SqliteAudit:
    """`server.storage.store_events.Audit`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, entry: AuditEntry) -> None:
        fields = audit_fields(entry, self._tools.store_key)
        try:
            with self._tools.database.write() as writer:
                insert(writer, "audit", fields)
        except Conflict as error:
            raise Conflict(f"audit entry {entry.id} is there already") from error

    def page(
        self, limit: int, cursor: str | None = None, which: AuditFilter | None = None
    ) -> Page[AuditEntry]:
        where = Where()
        if which is not None:
            where.add_given(
                {
                    "actor = ?": which.actor,
                    "action = ?": which.action,
                    "subject = ?": which.subject,
                    "at_s >= ?": which.since_s,
                    "at_s <= ?": which.until_s,
                }
            )
        if cursor:
            where.add("(at_s, seq) < (?, ?)", *read_cursor(cursor, 2))
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"SELECT * FROM audit {where.sql} ORDER BY at_s DESC, seq DESC LIMIT ?",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        return page_of(rows, limit, ("at_s", "seq"), self._entry)

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            deleted = writer.execute(
                "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at_s < ? LIMIT ?)",
                (before_s, limit),
            ).rowcount
            self._tools.forget(())
        return deleted

    def _entry(self, row: sqlite3.Row) -> AuditEntry:
        return read_audit(row, self._tools.store_key)
