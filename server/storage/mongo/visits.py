"""Visits in MongoDB. A visit holds ids and times only; its sightings are sealed."""

from __future__ import annotations

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import (
    MongoTools,
    all_of,
    before,
    given,
    newest_first,
    page_of,
    require_person,
    span,
)
from lookout.server.storage.mongo.documents import OLDEST_NUMBER
from lookout.server.storage.mongo.sighting_rows import change_sightings
from lookout.server.storage.paging import checked_limit
from lookout.server.storage.records import Page
from lookout.server.storage.rows.sightings import read_visit, visit_fields
from lookout.server.storage.visit_records import LegFilter, Unchained, Visit


class MongoVisits:
    """`server.storage.movement_store.Visits`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def unchained(self, limit: int) -> tuple[Unchained, ...]:
        somebody = {"$or": [{"person": {"$ne": None}}, {"cluster": {"$ne": None}}]}
        with self._tools.database.read() as reader:
            rows = reader.find(
                "sightings",
                {"visit": None, **somebody},
                (("first_s", 1), ("_id", 1)),
                limit,
                fields=("id", "first_s", "last_s", "person", "cluster"),
            )
        return tuple(
            Unchained(row["id"], row["first_s"], row["last_s"], row["person"], row["cluster"])
            for row in rows
        )

    def near(
        self, person: str | None, cluster: str | None, since_s: float, until_s: float
    ) -> tuple[Visit, ...]:
        whose = {"person": person} if person else {"person": None, "cluster": cluster}
        times = {"last_s": span(since_s, None), "first_s": span(None, until_s)}
        with self._tools.database.read() as reader:
            rows = reader.find("visits", {**whose, **times}, OLDEST_NUMBER)
        return tuple(map(read_visit, rows))

    def add(self, visit: Visit) -> None:
        with self._tools.database.write() as writer:
            require_person(writer, visit.person)
            writer.insert("visits", visit_fields(visit))

    def put(self, sighting: str, visit: str) -> None:
        with self._tools.database.write() as writer:
            if writer.one("visits", {"id": visit}, ("_id",)) is None:
                raise Conflict(f"what must be there is not: visit {visit!r:.60}")
            if not change_sightings(writer, {"id": sighting}, {"visit": visit}):
                raise NotFound(f"there is no sighting {sighting!r:.60}")

    def join(self, source: str, target: str) -> None:
        with self._tools.database.write() as writer:
            change_sightings(writer, {"visit": source}, {"visit": target})
            writer.delete("visits", {"id": source})

    def reopen(self, visit: str) -> None:
        with self._tools.database.write() as writer:
            writer.update("visits", {"id": visit}, {"ended": 0})

    def end_before(self, before_s: float, limit: int) -> tuple[Visit, ...]:
        with self._tools.database.write() as writer:
            rows = writer.find(
                "visits", {"ended": 0, "last_s": {"$lt": before_s}}, (("last_s", 1),), limit
            )
            writer.update("visits", {"_id": {"$in": [row["_id"] for row in rows]}}, {"ended": 1})
        return tuple(read_visit({**row, "ended": 1}) for row in rows)

    def get(self, visit: str) -> Visit:
        with self._tools.database.read() as reader:
            row = reader.one("visits", {"id": visit})
        if row is None:
            raise NotFound(f"there is no visit {visit!r:.60}")
        return read_visit(row)

    def page(
        self, limit: int, cursor: str | None = None, which: LegFilter | None = None
    ) -> Page[Visit]:
        which = which or LegFilter()
        query = given(
            person=which.person,
            cluster=which.cluster,
            id=which.visit,
            last_s=span(which.since_s, None),
            first_s=span(None, which.until_s),
        )
        most = checked_limit(limit) + 1
        with self._tools.database.read() as reader:
            if which.camera is None:
                asked = all_of(query, before(cursor, "last_s"))
                rows = reader.find("visits", asked, newest_first("last_s"), most)
            else:
                rows = reader.aggregate(
                    "visits",
                    {"$match": all_of(query, before(cursor, "last_s"))},
                    {"$sort": {"last_s": -1, "_id": -1}},
                    {
                        "$lookup": {
                            "from": "sightings",
                            "localField": "id",
                            "foreignField": "visit",
                            "pipeline": [{"$match": {"camera": which.camera}}, {"$limit": 1}],
                            "as": "there",
                        }
                    },
                    {"$match": {"there": {"$ne": []}}},
                    {"$limit": most},
                )
        return page_of(rows, limit, ("last_s", "_id"), read_visit)

    def count(self) -> int:
        with self._tools.database.read() as reader:
            return reader.count("visits", {})
