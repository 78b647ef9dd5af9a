"""Questions about movement in SQLite, each answered from an index of small rows.

The sightings themselves are never opened for it: cameras, times and ids are in the clear.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from lookout.server.storage.paging import checked_limit, page_of, read_cursor
from lookout.server.storage.records import Page
from lookout.server.storage.rows.row import Value
from lookout.server.storage.rows.sightings import read_zones
from lookout.server.storage.sqlite.common import Tools, Where, marks
from lookout.server.storage.sqlite.schema_movement import LONG_S
from lookout.server.storage.visit_records import (
    HOUR_S,
    LONGEST_S,
    MOST_OWN_SIGHTINGS,
    TOLERANCE_S,
    Company,
    HourCount,
    Leg,
    LegFilter,
    Presence,
    Transition,
)

_BEFORE = """(SELECT {column} FROM sightings p WHERE p.visit = s.visit
    AND (p.first_s, p.seq) < (s.first_s, s.seq) ORDER BY p.first_s DESC, p.seq DESC LIMIT 1)"""
_LEGS = f"""SELECT s.seq, s.id, s.visit, s.camera, s.first_s, s.last_s, s.person, s.cluster,
    s.zones,
    {_BEFORE.format(column="p.camera")} AS from_camera,
    {_BEFORE.format(column="p.last_s")} AS left_s,
    (SELECT json_group_array(DISTINCT p.camera) FROM sightings p WHERE p.visit = s.visit
        AND p.first_s < s.last_s - {TOLERANCE_S} AND p.last_s > s.first_s + {TOLERANCE_S}
        AND p.camera <> s.camera) AS beside FROM sightings s"""


class SqliteMovements:
    """`server.storage.movement_store.Movements`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def legs(
        self, limit: int, cursor: str | None = None, which: LegFilter | None = None
    ) -> Page[Leg]:
        where = _where(which or LegFilter())
        if cursor:
            where.add("(s.last_s, s.seq) < (?, ?)", *read_cursor(cursor, 2))
        rows = self._rows(
            f"{_LEGS} {where.sql} ORDER BY s.last_s DESC, s.seq DESC LIMIT ?",
            *where.parameters,
            checked_limit(limit) + 1,
        )
        return page_of(rows, limit, ("last_s", "seq"), _leg)

    def transitions(self, since_s: float, until_s: float, limit: int) -> tuple[Transition, ...]:
        rows = self._rows(
            """SELECT from_camera, camera, travel_s FROM (
                SELECT camera, lag(camera) OVER walk AS from_camera,
                    first_s - lag(last_s) OVER walk AS travel_s
                FROM (SELECT visit, camera, first_s, last_s
                    FROM sightings INDEXED BY sightings_by_start
                    WHERE visit IS NOT NULL AND person IS NOT NULL
                    AND first_s BETWEEN ? AND ? ORDER BY first_s DESC LIMIT ?)
                WINDOW walk AS (PARTITION BY visit ORDER BY first_s))
            WHERE from_camera IS NOT NULL AND from_camera <> camera""",
            since_s,
            until_s,
            limit,
        )
        return tuple(Transition(*row) for row in rows)

    def present(self, since_s: float, until_s: float, limit: int) -> tuple[Presence, ...]:
        # whose beginning is at most LONG_S before, and those few that lasted longer
        rows = self._rows(
            f"""SELECT camera, person, CASE WHEN person IS NULL THEN cluster END AS who,
                min(first_s), max(last_s), count(*),
                sum(min(last_s, ?2) - max(first_s, ?1)) AS seconds
            FROM (
                SELECT camera, person, cluster, first_s, last_s FROM sightings
                WHERE first_s BETWEEN ?1 - ?3 AND ?2 AND last_s >= ?1
                UNION ALL
                SELECT camera, person, cluster, first_s, last_s FROM sightings
                WHERE last_s - first_s > {LONG_S} AND first_s < ?1 - ?3 AND last_s >= ?1)
            WHERE coalesce(person, cluster) IS NOT NULL
            GROUP BY camera, person, who ORDER BY seconds DESC LIMIT ?4""",
            since_s,
            until_s,
            LONG_S,
            limit,
        )
        return tuple(Presence(*row) for row in rows)

    def company(
        self, person: str, since_s: float, until_s: float, slack_s: float, limit: int
    ) -> tuple[Company, ...]:
        rows = self._rows(
            f"""WITH own AS MATERIALIZED (
                SELECT camera, first_s - ?4 AS from_s, last_s + ?4 AS to_s FROM sightings
                WHERE person = ?1 AND last_s >= ?2 AND first_s <= ?3
                ORDER BY last_s DESC LIMIT ?5),
            met AS (
                SELECT o.person, o.cluster, o.first_s, o.last_s, own.from_s FROM own
                JOIN sightings o INDEXED BY sightings_by_start
                    ON o.first_s BETWEEN own.from_s - ?6 AND own.to_s
                WHERE o.camera = own.camera AND o.last_s >= own.from_s
                UNION ALL
                SELECT o.person, o.cluster, o.first_s, o.last_s, own.from_s FROM own
                JOIN sightings o INDEXED BY sightings_long
                    ON o.last_s - o.first_s > {LONG_S}
                    AND o.first_s < own.from_s - ?6 AND o.last_s >= own.from_s
                WHERE o.camera = own.camera)
            SELECT person, CASE WHEN person IS NULL THEN cluster END AS who,
                count(DISTINCT from_s) AS times, min(first_s), max(last_s) FROM met
            WHERE person IS NOT ?1 AND coalesce(person, cluster) IS NOT NULL
            GROUP BY person, who ORDER BY times DESC, max(last_s) DESC LIMIT ?7""",
            person,
            since_s,
            until_s,
            slack_s,
            MOST_OWN_SIGHTINGS,
            LONG_S,
            limit,
        )
        return tuple(Company(*row) for row in rows)

    def hours(
        self, since_s: float, until_s: float, person: str | None = None
    ) -> tuple[HourCount, ...]:
        if person is None:
            rows = self._rows(
                "SELECT hour, camera, sightings FROM hour_counts WHERE hour BETWEEN ? AND ?",
                since_s // HOUR_S,
                until_s // HOUR_S,
            )
        else:
            rows = self._rows(
                """SELECT CAST(first_s / 3600 AS INTEGER) AS hour, camera, count(*) FROM sightings
                WHERE person = ? AND last_s >= ? AND first_s BETWEEN ? AND ?
                GROUP BY hour, camera ORDER BY hour, camera""",
                person,
                since_s,
                since_s,
                until_s,
            )
        return tuple(HourCount(*row) for row in rows)

    def between(
        self, since_s: float, until_s: float, cameras: Sequence[str], limit: int
    ) -> tuple[Leg, ...]:
        rows = self._rows(
            f"{_LEGS} WHERE s.first_s >= ? AND s.first_s <= ? AND s.last_s <= ? "
            f"AND s.person IS NULL AND s.cluster IS NOT NULL AND s.visit IS NOT NULL "
            f"AND s.camera IN ({marks(len(cameras))}) ORDER BY s.first_s LIMIT ?",
            since_s,
            until_s,
            until_s,
            *cameras,
            limit,
        )
        return tuple(_leg(row) for row in rows)

    def _rows(self, sql: str, *parameters: Value) -> list[sqlite3.Row]:
        with self._tools.database.read() as reader:
            return reader.execute(sql, parameters).fetchall()


def _where(which: LegFilter) -> Where:
    where = Where()
    where.add("s.visit IS NOT NULL")
    where.add_given(
        {
            "s.person = ?": which.person,
            "s.cluster = ?": which.cluster,
            "s.camera = ?": which.camera,
            "s.visit = ?": which.visit,
            "s.last_s >= ?": which.since_s,
            "s.first_s <= ?": which.until_s,
        }
    )
    where.add_any_of("s.camera", which.cameras)
    if which.cluster is not None:
        where.add("s.person IS NULL")
    if which.since_s is not None and which.until_s is not None:
        # lets the index of beginnings find a time long ago
        where.add("s.first_s >= ?", which.since_s - LONGEST_S)
    return where


def _leg(row: sqlite3.Row) -> Leg:
    return Leg(
        sighting=row["id"],
        visit=row["visit"],
        camera=row["camera"],
        first_s=row["first_s"],
        last_s=row["last_s"],
        person=row["person"],
        cluster=row["cluster"],
        from_camera=row["from_camera"],
        left_s=row["left_s"],
        zones=read_zones(row["zones"]),
        beside=tuple(json.loads(row["beside"])),
    )
