"""Visits in SQLite. A visit holds ids and times only; its sightings are sealed."""

from __future__ import annotations

from lookout.server.storage.errors import NotFound
from lookout.server.storage.paging import checked_limit, page_of, read_cursor
from lookout.server.storage.records import Page
from lookout.server.storage.rows.sightings import read_visit, visit_fields
from lookout.server.storage.sqlite.common import Tools, Where, insert
from lookout.server.storage.visit_records import LegFilter, Unchained, Visit


class SqliteVisits:
    """`server.storage.movement_store.Visits`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def unchained(self, limit: int) -> tuple[Unchained, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT id, first_s, last_s, person, cluster FROM sightings WHERE visit IS NULL "
                "AND coalesce(person, cluster) IS NOT NULL ORDER BY first_s LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(Unchained(*row) for row in rows)

    def near(
        self, person: str | None, cluster: str | None, since_s: float, until_s: float
    ) -> tuple[Visit, ...]:
        whose, who = (
            ("person = ?", person) if person else ("person IS NULL AND cluster = ?", cluster)
        )
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"SELECT * FROM visits WHERE {whose} AND last_s >= ? AND first_s <= ? ORDER BY seq",
                (who, since_s, until_s),
            ).fetchall()
        return tuple(read_visit(row) for row in rows)

    def add(self, visit: Visit) -> None:
        with self._tools.database.write() as writer:
            insert(writer, "visits", visit_fields(visit))

    def put(self, sighting: str, visit: str) -> None:
        with self._tools.database.write() as writer:
            changed = writer.execute(
                "UPDATE sightings SET visit = ? WHERE id = ?", (visit, sighting)
            ).rowcount
        if changed == 0:
            raise NotFound(f"there is no sighting {sighting!r:.60}")

    def join(self, source: str, target: str) -> None:
        with self._tools.database.write() as writer:
            writer.execute("UPDATE sightings SET visit = ? WHERE visit = ?", (target, source))
            writer.execute("DELETE FROM visits WHERE id = ?", (source,))

    def reopen(self, visit: str) -> None:
        with self._tools.database.write() as writer:
            writer.execute("UPDATE visits SET ended = 0 WHERE id = ?", (visit,))

    def end_before(self, before_s: float, limit: int) -> tuple[Visit, ...]:
        with self._tools.database.write() as writer:
            rows = writer.execute(
                "UPDATE visits SET ended = 1 WHERE seq IN (SELECT seq FROM visits "
                "WHERE ended = 0 AND last_s < ? ORDER BY last_s LIMIT ?) RETURNING *",
                (before_s, limit),
            ).fetchall()
        return tuple(sorted((read_visit(row) for row in rows), key=lambda visit: visit.last_s))

    def get(self, visit: str) -> Visit:
        with self._tools.database.read() as reader:
            row = reader.execute("SELECT * FROM visits WHERE id = ?", (visit,)).fetchone()
        if row is None:
            raise NotFound(f"there is no visit {visit!r:.60}")
        return read_visit(row)

    def page(
        self, limit: int, cursor: str | None = None, which: LegFilter | None = None
    ) -> Page[Visit]:
        which = which or LegFilter()
        where = Where()
        where.add_given(
            {
                "person = ?": which.person,
                "cluster = ?": which.cluster,
                "id = ?": which.visit,
                "last_s >= ?": which.since_s,
                "first_s <= ?": which.until_s,
                "EXISTS (SELECT 1 FROM sightings s WHERE s.visit = visits.id AND s.camera = ?)": (
                    which.camera
                ),
            }
        )
        if cursor:
            where.add("(last_s, seq) < (?, ?)", *read_cursor(cursor, 2))
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"SELECT * FROM visits {where.sql} ORDER BY last_s DESC, seq DESC LIMIT ?",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        return page_of(rows, limit, ("last_s", "seq"), read_visit)

    def count(self) -> int:
        with self._tools.database.read() as reader:
            (count,) = reader.execute("SELECT count(*) FROM visits").fetchone()
        return int(count)
