"""Face samples in SQLite, sealed under the data key of their person."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.paging import checked_limit, in_parts, page_of, read_cursor
from lookout.server.storage.records import FaceSample, Page
from lookout.server.storage.rows.people import read_sample, resealed_sample, sample_fields
from lookout.server.storage.sqlite.common import Tools, Where, best_pictures, insert, marks, update
from lookout.server.storage.vault import DataKey

_FROM = "FROM samples s JOIN people p ON p.id = s.person JOIN data_keys k ON k.id = p.data_key"
_SELECT = f"SELECT s.*, locked {_FROM}"


class SqliteSamples:
    """`server.storage.store_people.Samples`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, sample: FaceSample, image_jpeg: bytes | None = None) -> FaceSample:
        sample = dataclasses.replace(sample, has_image=image_jpeg is not None)
        with self._tools.database.read() as reader:
            key = self._tools.person_key(reader, sample.person)
        crop = None if image_jpeg is None else self._tools.crops.write(key, image_jpeg)
        row = sample_fields(sample, key, self._tools.blinder, crop)
        try:
            with self._tools.database.write() as writer:
                insert(writer, "samples", row)
        except Conflict as error:
            raise Conflict(f"sample {sample.id} is there already, or its person gone") from error
        return sample

    def get(self, sample: str) -> FaceSample:
        found = self._fetch("WHERE s.id = ?", sample)
        if not found:
            raise NotFound(f"there is no face sample {sample!r:.60}")
        return found[0]

    def of(self, person: str) -> tuple[FaceSample, ...]:
        return self._fetch("WHERE s.person = ?", person)

    def many(self, samples: Sequence[str]) -> tuple[FaceSample, ...]:
        found: list[FaceSample] = []
        for part in in_parts(samples):
            found += self._fetch(f"WHERE s.id IN ({marks(len(part))})", *part)
        return tuple(found)

    def owners(self, encoder: str, besides: str = "") -> tuple[tuple[str, str], ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT id, person FROM samples "
                "WHERE encoder = ? AND negative = 0 AND origin != ? ORDER BY seq",
                (encoder, besides),
            ).fetchall()
        return tuple((row["id"], row["person"]) for row in rows)

    def encodings(
        self, encoder: str, negative: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"SELECT s.id, s.person, s.sealed_encoding, locked {_FROM} "
                "WHERE s.encoder = ? AND s.negative = ? ORDER BY s.seq",
                (encoder, negative),
            ).fetchall()
        if not rows:
            return (), (), np.zeros((0, 0), np.float32)
        keys = self._keys(rows)
        encodings = [keys[row["person"]].open_floats(row["sealed_encoding"]) for row in rows]
        return (
            tuple(row["id"] for row in rows),
            tuple(row["person"] for row in rows),
            np.stack(encodings),
        )

    def page(
        self, limit: int, cursor: str | None = None, person: str | None = None
    ) -> Page[FaceSample]:
        where = Where()
        where.add("s.seq > ?", read_cursor(cursor, 1)[0] if cursor else 0)
        where.add_given({"s.person = ?": person})
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} {where.sql} ORDER BY s.seq LIMIT ?",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        keys = self._keys(rows)
        return page_of(rows, limit, ("seq",), lambda row: read_sample(row, keys[row["person"]]))

    def find_by_content(self, content_hash: bytes) -> tuple[FaceSample, ...]:
        index = self._tools.blinder.content("photograph", content_hash)
        return self._fetch("WHERE s.content_index = ?", index)

    def image(self, sample: str) -> bytes:
        with self._tools.database.read() as reader:
            row = reader.execute(f"{_SELECT} WHERE s.id = ?", (sample,)).fetchone()
        if row is None or row["crop"] is None:
            raise NotFound(f"there is no crop of face sample {sample!r:.60}")
        return self._tools.crops.read(row["crop"], self._tools.vault.unlock(row["locked"]))

    def count(self, person: str | None = None) -> int:
        where = Where()
        where.add_given({"person = ?": person})
        with self._tools.database.read() as reader:
            (count,) = reader.execute(
                f"SELECT count(*) FROM samples {where.sql}", where.parameters
            ).fetchone()
        return int(count)

    def counts(self) -> Mapping[str, int]:
        with self._tools.database.read() as reader:
            rows = reader.execute("SELECT person, count(*) FROM samples GROUP BY person").fetchall()
        return dict(rows)

    def portraits(self, people: Sequence[str]) -> Mapping[str, str]:
        return best_pictures(self._tools, "samples", people)

    def move(self, samples: Sequence[str], person: str) -> None:
        with self._tools.database.write() as writer:
            key = self._tools.person_key(writer, person)
            for old in samples:
                row = writer.execute(f"{_SELECT} WHERE s.id = ?", (old,)).fetchone()
                if row is None:
                    raise NotFound(f"there is no face sample {old!r:.60}")
                if row["person"] != person:
                    self._move(writer, row, person, key)

    def delete(self, samples: Sequence[str]) -> int:
        crops: list[str] = []
        deleted = 0
        with self._tools.database.write() as writer:
            for part in in_parts(samples):
                rows = writer.execute(
                    f"DELETE FROM samples WHERE id IN ({marks(len(part))}) RETURNING crop",
                    tuple(part),
                ).fetchall()
                deleted += len(rows)
                crops += [row["crop"] for row in rows if row["crop"]]
            self._tools.forget(crops)
        return deleted

    def version(self) -> int:
        with self._tools.database.read() as reader:
            (number,) = reader.execute("SELECT number FROM gallery_version").fetchone()
        return int(number)

    def _move(
        self, writer: sqlite3.Connection, row: sqlite3.Row, person: str, key: DataKey
    ) -> None:
        old_key = self._tools.vault.unlock(row["locked"])
        crop = row["crop"]
        if crop is not None:
            crop = self._tools.crops.write(key, self._tools.crops.read(crop, old_key))
            self._tools.forget([row["crop"]])
        changed = resealed_sample(row, old_key, person, key)
        update(writer, "samples", changed | {"crop": crop}, "seq = ?", row["seq"])

    def _fetch(self, condition: str, *values: str | bytes) -> tuple[FaceSample, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(f"{_SELECT} {condition} ORDER BY s.seq", values).fetchall()
        keys = self._keys(rows)
        return tuple(read_sample(row, keys[row["person"]]) for row in rows)

    def _keys(self, rows: Sequence[sqlite3.Row]) -> dict[str, DataKey]:
        """A person's samples share a key, and unlocking it costs as much as opening one of them."""
        locked = {row["person"]: row["locked"] for row in rows}
        return {person: self._tools.vault.unlock(key) for person, key in locked.items()}
