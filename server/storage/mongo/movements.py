"""Questions about movement in MongoDB.

The sightings themselves are never opened for it: cameras, times and ids are in the clear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from lookout.server.storage.mongo.common import (
    MongoTools,
    all_of,
    any_of,
    before,
    given,
    newest_first,
    page_of,
    span,
)
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import Reader
from lookout.server.storage.paging import checked_limit, in_parts
from lookout.server.storage.records import Page
from lookout.server.storage.rows.sightings import read_zones
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

_WALK = ("id", "visit", "camera", "first_s", "last_s")
_LEG = (*_WALK, "person", "cluster", "zones")
_SOMEBODY: Mapping[str, Any] = {"$or": [{"person": {"$ne": None}}, {"cluster": {"$ne": None}}]}
_WHO = {"$cond": [{"$eq": ["$person", None]}, "$cluster", None]}
"""The unknown person, where nobody has a name."""
_WINDOWS_AT_ONCE = 50
Window = tuple[str, float, float]
"""A camera and a stretch of time."""


class MongoMovements:
    """`server.storage.movement_store.Movements`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def legs(
        self, limit: int, cursor: str | None = None, which: LegFilter | None = None
    ) -> Page[Leg]:
        query = all_of(_conditions(which or LegFilter()), before(cursor, "last_s"))
        with self._tools.database.read() as reader:
            rows = reader.find(
                "sightings", query, newest_first("last_s"), checked_limit(limit) + 1, _LEG
            )
            walks = _walks(reader, rows)
        return page_of(rows, limit, ("last_s", "_id"), lambda row: _leg(row, walks))

    def transitions(self, since_s: float, until_s: float, limit: int) -> tuple[Transition, ...]:
        query = {
            "visit": {"$ne": None},
            "person": {"$ne": None},
            "first_s": span(since_s, until_s),
        }
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", query, newest_first("first_s"), limit, _WALK)
        return tuple(
            Transition(first["camera"], then["camera"], then["first_s"] - first["last_s"])
            for walk in _by_visit(rows).values()
            for first, then in pairwise(walk)
            if first["camera"] != then["camera"]
        )

    def present(self, since_s: float, until_s: float, limit: int) -> tuple[Presence, ...]:
        inside = {
            "$subtract": [{"$min": ["$last_s", until_s]}, {"$max": ["$first_s", since_s]}],
        }
        rows = self._grouped(
            {"last_s": span(since_s, None), "first_s": span(None, until_s), **_SOMEBODY},
            {"camera": "$camera", "person": "$person", "who": _WHO},
            {
                "first_s": {"$min": "$first_s"},
                "last_s": {"$max": "$last_s"},
                "sightings": {"$sum": 1},
                "seconds": {"$sum": inside},
            },
            {"$sort": {"seconds": -1}},
            {"$limit": limit},
        )
        return tuple(
            Presence(
                row["_id"]["camera"],
                row["_id"]["person"],
                row["_id"]["who"],
                row["first_s"],
                row["last_s"],
                row["sightings"],
                row["seconds"],
            )
            for row in rows
        )

    def company(
        self, person: str, since_s: float, until_s: float, slack_s: float, limit: int
    ) -> tuple[Company, ...]:
        own = {"person": person, "last_s": span(since_s, None), "first_s": span(None, until_s)}
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", own, newest_first("last_s"), MOST_OWN_SIGHTINGS, _WALK)
            windows = [
                (row["camera"], row["first_s"] - slack_s, row["last_s"] + slack_s) for row in rows
            ]
            met: dict[tuple[str | None, str | None], _Met] = defaultdict(_Met)
            for at in range(0, len(windows), _WINDOWS_AT_ONCE):
                _meet(reader, person, windows[at : at + _WINDOWS_AT_ONCE], met)
        found = [
            Company(who, cluster, len(one.times), one.first_s, one.last_s)
            for (who, cluster), one in met.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.times, -one.last_s))[:limit])

    def hours(
        self, since_s: float, until_s: float, person: str | None = None
    ) -> tuple[HourCount, ...]:
        if person is None:
            first_s, end_s = since_s // HOUR_S * HOUR_S, (until_s // HOUR_S + 1) * HOUR_S
            query: dict[str, Any] = {"first_s": {"$gte": first_s, "$lt": end_s}}
        else:
            query = {
                "person": person,
                "last_s": span(since_s, None),
                "first_s": span(since_s, until_s),
            }
        rows = self._grouped(
            query,
            {"hour": {"$floor": {"$divide": ["$first_s", HOUR_S]}}, "camera": "$camera"},
            {"sightings": {"$sum": 1}},
            {"$sort": {"_id.hour": 1, "_id.camera": 1}},
        )
        return tuple(
            HourCount(int(row["_id"]["hour"]), row["_id"]["camera"], row["sightings"])
            for row in rows
        )

    def between(
        self, since_s: float, until_s: float, cameras: Sequence[str], limit: int
    ) -> tuple[Leg, ...]:
        query = {
            "first_s": span(since_s, until_s),
            "last_s": span(None, until_s),
            "person": None,
            "cluster": {"$ne": None},
            "visit": {"$ne": None},
            "camera": any_of(cameras),
        }
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", query, (("first_s", 1), ("_id", 1)), limit, _LEG)
            walks = _walks(reader, rows)
        return tuple(_leg(row, walks) for row in rows)

    def _grouped(
        self,
        query: Mapping[str, Any],
        by: Mapping[str, Any],
        values: Mapping[str, Any],
        *stages: Mapping[str, Any],
    ) -> list[Document]:
        with self._tools.database.read() as reader:
            group = {"$group": {"_id": by, **values}}
            return reader.aggregate("sightings", {"$match": query}, group, *stages)


class _Met:
    """When somebody was met: the windows in which, and the first and the last moment."""

    def __init__(self) -> None:
        self.times: set[float] = set()
        self.first_s, self.last_s = float("inf"), float("-inf")

    def add(self, window_s: float, row: Document) -> None:
        self.times.add(window_s)
        self.first_s = min(self.first_s, row["first_s"])
        self.last_s = max(self.last_s, row["last_s"])


def _meet(
    reader: Reader,
    person: str,
    windows: Sequence[Window],
    met: Mapping[tuple[str | None, str | None], _Met],
) -> None:
    """Adds whoever was at one of these cameras at that time."""
    there = [
        {"camera": camera, "last_s": {"$gte": from_s}, "first_s": {"$lte": to_s}}
        for camera, from_s, to_s in windows
    ]
    query = all_of({"person": {"$ne": person}}, _SOMEBODY, {"$or": there})
    fields = ("camera", "person", "cluster", "first_s", "last_s")
    for row in reader.find("sightings", query, fields=fields):
        who = (row["person"], row["cluster"] if row["person"] is None else None)
        for camera, from_s, to_s in windows:
            if camera == row["camera"] and row["last_s"] >= from_s and row["first_s"] <= to_s:
                met[who].add(from_s, row)


def _conditions(which: LegFilter) -> dict[str, Any]:
    first = span(None, which.until_s)
    if which.since_s is not None and which.until_s is not None:
        # lets the index of beginnings find a time long ago
        first = span(which.since_s - LONGEST_S, which.until_s)
    query = given(
        person=which.person,
        cluster=which.cluster,
        camera=which.camera,
        last_s=span(which.since_s, None),
        first_s=first,
    )
    visit = {"visit": {"$ne": None} if which.visit is None else which.visit}
    unnamed = {} if which.cluster is None else {"person": None}
    return all_of(query, visit, unnamed, given(camera=any_of(which.cameras)))


def _by_visit(rows: Sequence[Document]) -> dict[str, list[Document]]:
    """The sightings of each visit, in the order in which they began."""
    walks: dict[str, list[Document]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["first_s"], row["_id"])):
        walks[row["visit"]].append(row)
    return walks


def _walks(reader: Reader, rows: Sequence[Document]) -> dict[str, list[Document]]:
    """All sightings of the visits of these rows."""
    found: list[Document] = []
    for part in in_parts(sorted({row["visit"] for row in rows})):
        found += reader.find("sightings", {"visit": {"$in": list(part)}}, fields=_WALK)
    return _by_visit(found)


def _leg(row: Document, walks: Mapping[str, Sequence[Document]]) -> Leg:
    own = (row["first_s"], row["_id"])
    walk = walks.get(row["visit"], ())
    earlier = [one for one in walk if (one["first_s"], one["_id"]) < own]
    came = earlier[-1] if earlier else None
    beside = dict.fromkeys(
        one["camera"]
        for one in walk
        if one["camera"] != row["camera"]
        and one["first_s"] < row["last_s"] - TOLERANCE_S
        and one["last_s"] > row["first_s"] + TOLERANCE_S
    )
    return Leg(
        sighting=row["id"],
        visit=row["visit"],
        camera=row["camera"],
        first_s=row["first_s"],
        last_s=row["last_s"],
        person=row["person"],
        cluster=row["cluster"],
        from_camera=None if came is None else came["camera"],
        left_s=None if came is None else came["last_s"],
        zones=read_zones(row["zones"]),
        beside=tuple(beside),
    )
