"""Alerts in SQLite. Those of a person are sealed under their key and go with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from lookout.server.storage.alert_records import Alert, AlertFilter, Trace
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.records import Page
from lookout.server.storage.sqlite.common import (
    Tools,
    Where,
    checked_limit,
    marks,
    page_of,
    read_cursor,
)
from lookout.server.storage.sqlite.definitions import version_of
from lookout.server.storage.vault import DataKey

_SELECT = """SELECT a.*, locked FROM alerts a
    LEFT JOIN people p ON p.id = a.person LEFT JOIN data_keys k ON k.id = p.data_key"""
_COLUMNS = (
    *("id", "rule", "subject", "what", "state", "severity", "began_s", "updated_s", "person"),
    *("cluster", "camera", "sighting", "visit", "ended_s", "due_s", "told_s", "escalate_s"),
    *("acknowledged_by", "tag", "count"),
)
_SUPPRESSED = "suppressed_by"
_OPEN = "('pending', 'firing', 'acknowledged', 'suppressed')"


class SqliteAlerts:
    """`server.storage.store_alerts.Alerts`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def put(self, alert: Alert) -> None:
        columns = (*_COLUMNS, "sealed_detail")
        try:
            with self._tools.database.write() as writer:
                key = self._tools.store_key
                if alert.person is not None:
                    key = self._tools.person_key(writer, alert.person)
                sealed = key.seal_json({_SUPPRESSED: alert.suppressed_by, **alert.detail})
                writer.execute(
                    f"INSERT INTO alerts ({', '.join(columns)}) VALUES ({marks(len(columns))}) "
                    "ON CONFLICT (id) DO UPDATE SET "
                    + ", ".join(f"{name} = excluded.{name}" for name in columns),
                    (*(getattr(alert, name) for name in _COLUMNS), sealed),
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
            writer.execute(
                "INSERT INTO alert_traces (sighting, rule, at_s, alert, outcome, sealed_words) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    trace.sighting,
                    trace.rule,
                    trace.at_s,
                    trace.alert,
                    trace.outcome,
                    self._tools.store_key.seal(trace.words.encode()),
                ),
            )

    def traces(self, sighting: str) -> tuple[Trace, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT * FROM alert_traces WHERE sighting = ? ORDER BY seq", (sighting,)
            ).fetchall()
        store_key = self._tools.store_key
        return tuple(
            Trace(
                row["rule"],
                row["sighting"],
                row["at_s"],
                row["alert"],
                row["outcome"],
                store_key.open(row["sealed_words"]).decode(),
            )
            for row in rows
        )

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
        detail = {**key.open_mapping(row["sealed_detail"])}
        by = detail.pop(_SUPPRESSED, None)
        return Alert(
            **{name: row[name] for name in _COLUMNS},
            suppressed_by=by if isinstance(by, Mapping) else None,
            detail=detail,
        )


def move_alerts(
    writer: sqlite3.Connection, source: str, target: str, old_key: DataKey, new_key: DataKey
) -> None:
    """The alerts on `source` are alerts on `target`: the two are one person."""
    rows = writer.execute(
        "SELECT seq, sealed_detail FROM alerts WHERE person = ?", (source,)
    ).fetchall()
    writer.executemany(
        "UPDATE alerts SET person = ?, subject = ?, sealed_detail = ? WHERE seq = ?",
        [
            (
                target,
                f"person:{target}",
                new_key.seal(old_key.open(row["sealed_detail"])),
                row["seq"],
            )
            for row in rows
        ],
    )


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
