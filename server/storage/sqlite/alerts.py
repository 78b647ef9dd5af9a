"""Alerts in SQLite. Those of a person are sealed under their key and go with them."""

from __future__ import annotations

import sqlite3

from lookout.server.storage.alert_records import Alert, AlertFilter, Trace
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.paging import checked_limit, page_of, read_cursor
from lookout.server.storage.records import Page
from lookout.server.storage.rows.alerts import (
    alert_fields,
    read_alert,
    read_trace,
    resealed_alert,
    trace_fields,
)
from lookout.server.storage.sqlite.common import Tools, Where, insert, marks, update
from lookout.server.storage.sqlite.definitions import version_of
from lookout.server.storage.vault import DataKey

_SELECT = """SELECT a.*, locked FROM alerts a
    LEFT JOIN people p ON p.id = a.person LEFT JOIN data_keys k ON k.id = p.data_key"""
_OPEN = "('pending', 'firing', 'acknowledged', 'suppressed')"


class SqliteAlerts:
    """`server.storage.store_alerts.Alerts`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def put(self, alert: Alert) -> None:
        try:
            with self._tools.database.write() as writer:
                key = self._tools.store_key
                if alert.person is not None:
                    key = self._tools.person_key(writer, alert.person)
                fields = alert_fields(alert, key)
                writer.execute(
                    f"INSERT INTO alerts ({', '.join(fields)}) VALUES ({marks(len(fields))}) "
                    "ON CONFLICT (id) DO UPDATE SET "
                    + ", ".join(f"{name} = excluded.{name}" for name in fields),
                    tuple(fields.values()),
                )
        except Conflict as error:
            raise NotFound(f"alert {alert.id} is on somebody who is not known") from error

    def get(self, alert: str) -> Alert:
        with self._tools.database.read() as reader:
            row = reader.execute(f"{_SELECT} WHERE a.id = ?", (alert,)).fetchone()
        if row is None:
            raise NotFound(f"there is no alert {alert!r:.60}")
        return self._alert(row)

    def page(
        self, limit: int, cursor: str | None = None, which: AlertFilter | None = None
    ) -> Page[Alert]:
        where = _where(which)
        if cursor:
            where.add("(a.began_s, a.seq) < (?, ?)", *read_cursor(cursor, 2))
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} {where.sql} ORDER BY a.began_s DESC, a.seq DESC LIMIT ?",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        return page_of(rows, limit, ("began_s", "seq"), self._alert)

    def at_hand(self, since_s: float, limit: int) -> tuple[Alert, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} WHERE a.told_s >= ? OR (a.ended_s IS NULL AND a.state IN {_OPEN}) "
                "ORDER BY a.seq DESC LIMIT ?",
                (since_s, limit),
            ).fetchall()
        return tuple(self._alert(row) for row in reversed(rows))

    def add_trace(self, trace: Trace) -> None:
        with self._tools.database.write() as writer:
            insert(writer, "alert_traces", trace_fields(trace, self._tools.store_key))

    def traces(self, sighting: str) -> tuple[Trace, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT * FROM alert_traces WHERE sighting = ? ORDER BY seq", (sighting,)
            ).fetchall()
        return tuple(read_trace(row, self._tools.store_key) for row in rows)

    def version(self) -> int:
        return version_of(self._tools, "alerts")

    def delete_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            deleted = writer.execute(
                "DELETE FROM alerts WHERE seq IN (SELECT seq FROM alerts WHERE updated_s < ? "
                "AND (ended_s IS NOT NULL OR state IN ('resolved', 'expired')) LIMIT ?)",
                (before_s, limit),
            ).rowcount
            self._tools.forget(())
        return deleted

    def _alert(self, row: sqlite3.Row) -> Alert:
        key = self._tools.store_key
        if row["locked"] is not None:
            key = self._tools.vault.unlock(row["locked"])
        return read_alert(row, key)


def move_alerts(
    writer: sqlite3.Connection, source: str, target: str, old_key: DataKey, new_key: DataKey
) -> None:
    """The alerts on `source` are alerts on `target`: the two are one person."""
    rows = writer.execute(
        "SELECT seq, sealed_detail FROM alerts WHERE person = ?", (source,)
    ).fetchall()
    for row in rows:
        changed = resealed_alert(row, old_key, target, new_key)
        update(writer, "alerts", changed, "seq = ?", row["seq"])


def _where(which: AlertFilter | None) -> Where:
    where = Where()
    if which is None:
        return where
    where.add_given(
        {
            "a.state = ?": which.state,
            "a.rule = ?": which.rule,
            "a.person = ?": which.person,
            "a.camera = ?": which.camera,
            "a.updated_s >= ?": which.since_s,
        }
    )
    if which.cameras is not None:
        where.add(f"a.camera IN ({marks(len(which.cameras))})", *which.cameras)
    return where
