"""Face samples in MongoDB, sealed under the data key of their person."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import MongoTools, best_pictures, given, page_of
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import OLDEST_NUMBER, Writer
from lookout.server.storage.paging import checked_limit, in_parts, read_cursor
from lookout.server.storage.records import FaceSample, Page
from lookout.server.storage.rows.people import read_sample, resealed_sample, sample_fields
from lookout.server.storage.store_sharing import Topic
from lookout.server.storage.vault import DataKey


class MongoSamples:
    """`server.storage.store_people.Samples`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, sample: FaceSample, image_jpeg: bytes | None = None) -> FaceSample:
        sample = dataclasses.replace(sample, has_image=image_jpeg is not None)
        try:
            with self._tools.database.write() as writer:
                key = self._tools.person_key(writer, sample.person)
                crop = None if image_jpeg is None else self._tools.crops.write(key, image_jpeg)
                fields = sample_fields(sample, key, self._tools.blinder, crop)
                writer.insert("samples", fields)
        except Conflict as error:
            raise Conflict(f"sample {sample.id} is there already, or its person gone") from error
        return sample

    def get(self, sample: str) -> FaceSample:
        found = self._fetch({"id": sample})
        if not found:
            raise NotFound(f"there is no face sample {sample!r:.60}")
        return found[0]

    def of(self, person: str) -> tuple[FaceSample, ...]:
        return self._fetch({"person": person})

    def many(self, samples: Sequence[str]) -> tuple[FaceSample, ...]:
        found: list[FaceSample] = []
        for part in in_parts(samples):
            found += self._fetch({"id": {"$in": list(part)}})
        return tuple(found)

    def owners(self, encoder: str, besides: str = "") -> tuple[tuple[str, str], ...]:
        query = {"encoder": encoder, "negative": 0, "origin": {"$ne": besides}}
        with self._tools.database.read() as reader:
            rows = reader.find("samples", query, OLDEST_NUMBER, fields=("id", "person"))
        return tuple((row["id"], row["person"]) for row in rows)

    def encodings(
        self, encoder: str, negative: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
        with self._tools.database.read() as reader:
            rows = reader.find(
                "samples",
                {"encoder": encoder, "negative": int(negative)},
                OLDEST_NUMBER,
                fields=("id", "person", "sealed_encoding"),
            )
        keys = self._keys(rows)
        rows = [row for row in rows if row["person"] in keys]
        if not rows:
            return (), (), np.zeros((0, 0), np.float32)
        encodings = [keys[row["person"]].open_floats(row["sealed_encoding"]) for row in rows]
        return (
            tuple(row["id"] for row in rows),
            tuple(row["person"] for row in rows),
            np.stack(encodings),
        )

    def page(
        self, limit: int, cursor: str | None = None, person: str | None = None
    ) -> Page[FaceSample]:
        after = read_cursor(cursor, 1)[0] if cursor else 0
        query = {"_id": {"$gt": after}} | given(person=person)
        with self._tools.database.read() as reader:
            rows = reader.find("samples", query, OLDEST_NUMBER, checked_limit(limit) + 1)
        keys = self._keys(rows)
        return page_of(
            rows,
            limit,
            ("_id",),
            lambda row: read_sample(row, keys[row["person"]]) if row["person"] in keys else None,
        )

    def find_by_content(self, content_hash: bytes) -> tuple[FaceSample, ...]:
        return self._fetch(
            {"content_index": self._tools.blinder.content("photograph", content_hash)}
        )

    def image(self, sample: str) -> bytes:
        with self._tools.database.read() as reader:
            row = reader.one("samples", {"id": sample})
        if row is None or row["crop"] is None:
            raise NotFound(f"there is no crop of face sample {sample!r:.60}")
        with self._tools.database.read() as reader:
            key = self._tools.person_key(reader, row["person"])
        return self._tools.crops.read(row["crop"], key)

    def count(self, person: str | None = None) -> int:
        with self._tools.database.read() as reader:
            return reader.count("samples", given(person=person))

    def counts(self) -> Mapping[str, int]:
        with self._tools.database.read() as reader:
            rows = reader.aggregate("samples", {"$group": {"_id": "$person", "count": {"$sum": 1}}})
        return {row["_id"]: row["count"] for row in rows}

    def portraits(self, people: Sequence[str]) -> Mapping[str, str]:
        return best_pictures(self._tools, "samples", people)

    def move(self, samples: Sequence[str], person: str) -> None:
        with self._tools.database.write() as writer:
            key = self._tools.person_key(writer, person)
            for old in samples:
                row = writer.one("samples", {"id": old})
                if row is None:
                    raise NotFound(f"there is no face sample {old!r:.60}")
                if row["person"] != person:
                    self._move(writer, row, person, key)

    def delete(self, samples: Sequence[str]) -> int:
        deleted = 0
        with self._tools.database.write() as writer:
            for part in in_parts(samples):
                query = {"id": {"$in": list(part)}}
                rows = writer.find("samples", query, fields=("crop",))
                deleted += writer.delete("samples", query)
                self._tools.crops_after_commit([row["crop"] for row in rows])
        return deleted

    def version(self) -> int:
        return self._tools.database.number(Topic.PEOPLE)

    def _move(self, writer: Writer, row: Document, person: str, key: DataKey) -> None:
        old_key = self._tools.person_key(writer, row["person"])
        crop = row["crop"]
        if crop is not None:
            crop = self._tools.crops.write(key, self._tools.crops.read(crop, old_key))
            self._tools.crops_after_commit([row["crop"]])
        changed = resealed_sample(row, old_key, person, key)
        writer.update("samples", {"_id": row["_id"]}, {**changed, "crop": crop})

    def _fetch(self, query: Mapping[str, Any]) -> tuple[FaceSample, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("samples", query, OLDEST_NUMBER)
        keys = self._keys(rows)
        return tuple(read_sample(row, keys[row["person"]]) for row in rows if row["person"] in keys)

    def _keys(self, rows: Sequence[Document]) -> dict[str, DataKey]:
        """By person, without those who were forgotten since the rows were read."""
        with self._tools.database.read() as reader:
            return self._tools.keys_of_people(reader, [row["person"] for row in rows])
