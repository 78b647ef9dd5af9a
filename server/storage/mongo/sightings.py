"""Sightings in MongoDB, each sealed under a data key of its own.

A key of its own lets an unknown person be named later, or two people be merged, by changing the
document's owner alone, and lets retention destroy one sighting for good.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import (
    MongoTools,
    all_of,
    any_of,
    before,
    best_pictures,
    given,
    newest_first,
    page_of,
    require_person,
    span,
)
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import Reader
from lookout.server.storage.mongo.sighting_rows import (
    WATCHED,
    change_rows,
    change_sightings,
    delete_sightings,
    with_mark,
)
from lookout.server.storage.paging import checked_limit, in_parts
from lookout.server.storage.records import Cluster, Page, Sighting, SightingFilter
from lookout.server.storage.rows.sightings import read_sighting, sighting_fields
from lookout.server.storage.vault import DataKey

_NEWEST = newest_first("last_s")
_NAMED = {"person": {"$ne": None}}
_UNNAMED: dict[str, Any] = {"person": None}


class MongoSightings:
    """`server.storage.store_sightings.Sightings`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting:
        key, locked = self._tools.vault.new_key()
        crop = None if image_jpeg is None else self._tools.crops.write(key, image_jpeg)
        fields = with_mark(sighting_fields(sighting, key, crop))
        try:
            with self._tools.database.write() as writer:
                require_person(writer, sighting.person)
                number = self._tools.new_data_key(writer, "sighting", locked)
                fixed = {"id": sighting.id, "data_key": number, "visit": None}
                writer.insert("sightings", {**fixed, **fields})
        except Conflict as error:
            raise Conflict(
                f"sighting {sighting.id} is there already, or its person gone"
            ) from error
        return dataclasses.replace(sighting, has_image=crop is not None)

    def update(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting:
        with self._tools.database.write() as writer:
            row, key = self._row(writer, sighting.id, WATCHED)
            require_person(writer, sighting.person)
            crop = row["crop"]
            if image_jpeg is not None:
                crop = self._tools.crops.write(key, image_jpeg)
                self._tools.crops_after_commit([row["crop"]])
            fields = with_mark(sighting_fields(sighting, key, crop))
            change_rows(writer, [row], fields)
        return dataclasses.replace(sighting, has_image=crop is not None)

    def get(self, sighting: str) -> Sighting:
        with self._tools.database.read() as reader:
            return read_sighting(*self._row(reader, sighting))

    def page(
        self, limit: int, cursor: str | None = None, which: SightingFilter | None = None
    ) -> Page[Sighting]:
        query = all_of(conditions(which), before(cursor, "last_s"))
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", query, _NEWEST, checked_limit(limit) + 1)
        keys = self._tools.keys(rows)

        def opened(row: Document) -> Sighting | None:
            key = keys.get(row["data_key"])
            return None if key is None else read_sighting(row, key)

        return page_of(rows, limit, ("last_s", "_id"), opened)

    def image(self, sighting: str) -> bytes:
        with self._tools.database.read() as reader:
            row, key = self._row(reader, sighting, ("data_key", "crop"))
        if row["crop"] is None:
            raise NotFound(f"sighting {sighting} has no picture")
        return self._tools.crops.read(row["crop"], key)

    def encodings(
        self, encoder: str, which: SightingFilter | None = None, limit: int = 10_000
    ) -> tuple[tuple[str, ...], Floats]:
        query = all_of(conditions(which), {"encoder": encoder, "face_mark": {"$ne": None}})
        found = self._encodings(query, limit)
        if not found:
            return (), np.zeros((0, 0), np.float32)
        return tuple(found), np.stack(list(found.values()))

    def encodings_of(self, sightings: Sequence[str]) -> Mapping[str, Floats]:
        found: dict[str, Floats] = {}
        for part in in_parts(sightings):
            query = {"id": {"$in": list(part)}, "face_mark": {"$ne": None}}
            found |= self._encodings(query, None)
        return found

    def unnamed(self, encoder: str, limit: int) -> tuple[tuple[str, str], ...]:
        query = {
            "encoder": encoder,
            "cluster": {"$ne": None},
            "face_mark": {"$ne": None},
            **_UNNAMED,
        }
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", query, _NEWEST, limit, fields=("id", "cluster"))
        return tuple((row["id"], row["cluster"]) for row in rows)

    def assign(self, cluster: str, person: str) -> int:
        with self._tools.database.write() as writer:
            try:
                require_person(writer, person)
            except Conflict as error:
                raise NotFound(f"there is no person {person!r:.60}") from error
            changes = {"person": person, "state": "known"}
            return change_sightings(writer, {"cluster": cluster}, changes)

    def put_into(self, cluster: str, sightings: Sequence[str]) -> int:
        count = 0
        with self._tools.database.write() as writer:
            for part in in_parts(sightings):
                these = {"id": {"$in": list(part)}}
                writer.update("sightings", these | {"state": "known"}, {"state": "unknown"})
                changes = {"person": None, "cluster": cluster}
                count += change_sightings(writer, these, changes)
        return count

    def clusters(self, cameras: Sequence[str] | None = None) -> tuple[Cluster, ...]:
        query = {"cluster": {"$ne": None}, **_UNNAMED} | given(camera=any_of(cameras))
        with self._tools.database.read() as reader:
            rows = reader.aggregate(
                "sightings",
                {"$match": query},
                {
                    "$group": {
                        "_id": "$cluster",
                        "count": {"$sum": 1},
                        "first_s": {"$min": "$first_s"},
                        "last_s": {"$max": "$last_s"},
                        "quality": {"$max": "$quality"},
                    }
                },
                {"$sort": {"last_s": -1}},
            )
        return tuple(
            Cluster(row["_id"], row["count"], row["first_s"], row["last_s"], row["quality"])
            for row in rows
        )

    def last_of(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, float]:
        found: dict[str, float] = {}
        with self._tools.database.read() as reader:
            for part in in_parts(people):
                query = {"person": {"$in": list(part)}} | given(camera=any_of(cameras))
                rows = reader.aggregate(
                    "sightings",
                    {"$match": query},
                    {"$group": {"_id": "$person", "last_s": {"$max": "$last_s"}}},
                )
                found |= {row["_id"]: row["last_s"] for row in rows}
        return found

    def portraits(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, str]:
        return best_pictures(self._tools, "sightings", people, cameras)

    def count(self, which: SightingFilter | None = None) -> int:
        with self._tools.database.read() as reader:
            return reader.count("sightings", conditions(which))

    def delete(self, sightings: Sequence[str]) -> int:
        count = 0
        with self._tools.database.write() as writer:
            for part in in_parts(sightings):
                chosen = {"$in": list(part)}
                count += delete_sightings(self._tools, writer, {"id": chosen})
                writer.delete("events", {"sighting": chosen})
        return count

    def delete_before(self, before_s: float, known: bool, limit: int) -> int:
        query = {"last_s": {"$lt": before_s}, **(_NAMED if known else _UNNAMED)}
        with self._tools.database.write() as writer:
            return delete_sightings(self._tools, writer, query, limit)

    def drop_images_before(self, before_s: float, limit: int) -> int:
        query = {"last_s": {"$lt": before_s}, "crop": {"$ne": None}}
        with self._tools.database.write() as writer:
            rows = writer.find("sightings", query, limit=limit, fields=("crop",))
            writer.update(
                "sightings", {"_id": {"$in": [row["_id"] for row in rows]}}, {"crop": None}
            )
            self._tools.crops_after_commit([row["crop"] for row in rows])
        return len(rows)

    def _encodings(self, query: Mapping[str, Any], limit: int | None) -> dict[str, Floats]:
        fields = ("id", "sealed_encoding", "data_key")
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", query, _NEWEST, limit, fields=fields)
        keys = self._tools.keys(rows)
        return {
            row["id"]: keys[row["data_key"]].open_floats(row["sealed_encoding"])
            for row in rows
            if row["data_key"] in keys
        }

    def _row(
        self, reader: Reader, sighting: str, fields: Sequence[str] | None = None
    ) -> tuple[Document, DataKey]:
        row = reader.one("sightings", {"id": sighting}, fields)
        key = None if row is None else self._tools.key(row["data_key"])
        if row is None or key is None:
            raise NotFound(f"there is no sighting {sighting!r:.60}")
        return row, key


def conditions(which: SightingFilter | None) -> dict[str, Any]:
    """The filter as a query."""
    if which is None:
        return {}
    query = given(
        person=which.person,
        cluster=which.cluster,
        camera=which.camera,
        state=which.state,
        last_s=span(which.since_s, None),
        first_s=span(None, which.until_s),
    )
    known = {} if which.known is None else _NAMED if which.known else _UNNAMED
    return all_of(query, known, given(camera=any_of(which.cameras)))
