"""News of changes and leases in SQLite."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Mapping

from lookout.server.storage.sqlite.common import Tools
from lookout.server.storage.store_sharing import Lease, Topic

POLL_S = 0.25

_NUMBERS = """SELECT
    (SELECT number FROM gallery_version) AS people,
    (SELECT number FROM alert_versions WHERE what = 'definitions') AS rules,
    (SELECT number FROM alert_versions WHERE what = 'alerts') AS alerts,
    (SELECT number FROM camera_version) AS cameras,
    (SELECT number FROM settings_version) AS settings,
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS events"""


class SqliteChanges:
    """`server.storage.store_sharing.Changes`: six numbers that are read four times a second."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._pause = threading.Event()  # never set: a pause that is no sleep of the interpreter

    def numbers(self) -> Mapping[Topic, int]:
        with self._tools.database.read() as reader:
            row = reader.execute(_NUMBERS).fetchone()
        return {topic: row[topic.value] for topic in Topic}

    def wait(self, known: Mapping[Topic, int], timeout_s: float) -> Mapping[Topic, int]:
        end_s = time.monotonic() + timeout_s
        while True:
            numbers = self.numbers()
            left_s = end_s - time.monotonic()
            if numbers != known or left_s <= 0:
                return numbers
            self._pause.wait(min(POLL_S, left_s))


class SqliteLeases:
    """`server.storage.store_sharing.Leases`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def acquire(self, camera: str, holder: str, ttl_s: float, now_s: float) -> Lease | None:
        with self._tools.database.write() as writer:
            row = writer.execute(
                "INSERT INTO leases VALUES (?, ?, 1, ?) ON CONFLICT (camera) DO UPDATE SET "
                "term = term + (holder <> excluded.holder OR until_s <= ?), "
                "holder = excluded.holder, until_s = excluded.until_s "
                "WHERE until_s <= ? OR holder = excluded.holder RETURNING *",
                (camera, holder, now_s + ttl_s, now_s, now_s),
            ).fetchone()
        return None if row is None else _lease(row)

    def renew(self, lease: Lease, ttl_s: float, now_s: float) -> Lease | None:
        with self._tools.database.write() as writer:
            row = writer.execute(
                "UPDATE leases SET until_s = ? "
                "WHERE camera = ? AND holder = ? AND term = ? AND until_s > ? RETURNING *",
                (now_s + ttl_s, lease.camera, lease.holder, lease.term, now_s),
            ).fetchone()
        return None if row is None else _lease(row)

    def release(self, lease: Lease) -> None:
        with self._tools.database.write() as writer:
            # the row stays, for the terms of a camera must go on rising
            writer.execute(
                "UPDATE leases SET until_s = 0, holder = '' "
                "WHERE camera = ? AND holder = ? AND term = ?",
                (lease.camera, lease.holder, lease.term),
            )

    def all(self) -> tuple[Lease, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT * FROM leases WHERE holder <> '' ORDER BY camera"
            ).fetchall()
        return tuple(map(_lease, rows))


def _lease(row: sqlite3.Row) -> Lease:
    return Lease(row["camera"], row["holder"], row["term"], row["until_s"])
