"""Sightings in SQLite, each sealed under a data key of its own.

A key of its own lets an unknown person be named later, or two people be merged, by changing the
row's owner alone, and lets retention destroy one sighting for good.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.paging import checked_limit, in_parts, page_of, read_cursor
from lookout.server.storage.records import Cluster, Page, Sighting, SightingFilter
from lookout.server.storage.rows.sightings import read_sighting, sighting_fields
from lookout.server.storage.sqlite.common import (
    Tools,
    Where,
    best_pictures,
    by_cameras,
    insert,
    marks,
    update,
)

_SELECT = "SELECT s.*, locked FROM sightings s JOIN data_keys k ON k.id = s.data_key"
_NEWEST_FIRST = "ORDER BY s.last_s DESC, s.seq DESC LIMIT ?"


class SqliteSightings:
    """`server.storage.store_sightings.Sightings`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting:
        key, locked = self._tools.vault.new_key()
        crop = None if image_jpeg is None else self._tools.crops.write(key, image_jpeg)
        fields = sighting_fields(sighting, key, crop)
        try:
            with self._tools.database.write() as writer:
                number = self._tools.new_data_key(writer, "sighting", locked)
                insert(writer, "sightings", {"id": sighting.id, "data_key": number, **fields})
        except Conflict as error:
            raise Conflict(
                f"sighting {sighting.id} is there already, or its person gone"
            ) from error
        return dataclasses.replace(sighting, has_image=crop is not None)

    def update(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting:
        with self._tools.database.write() as writer:
            row = self._row(writer, sighting.id)
            key = self._tools.vault.unlock(row["locked"])
            crop = row["crop"]
            if image_jpeg is not None:
                crop = self._tools.crops.write(key, image_jpeg)
                if row["crop"] is not None:
                    self._tools.crops_after_commit([row["crop"]])
            fields = sighting_fields(sighting, key, crop)
            update(writer, "sightings", fields, "id = ?", sighting.id)
        return dataclasses.replace(sighting, has_image=crop is not None)

    def get(self, sighting: str) -> Sighting:
        with self._tools.database.read() as reader:
            return self._sighting(self._row(reader, sighting))

    def page(
        self, limit: int, cursor: str | None = None, which: SightingFilter | None = None
    ) -> Page[Sighting]:
        where = conditions(which)
        if cursor:
            where.add("(s.last_s, s.seq) < (?, ?)", *read_cursor(cursor, 2))
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"{_SELECT} {where.sql} {_NEWEST_FIRST}",
                (*where.parameters, checked_limit(limit) + 1),
            ).fetchall()
        return page_of(rows, limit, ("last_s", "seq"), self._sighting)

    def image(self, sighting: str) -> bytes:
        with self._tools.database.read() as reader:
            row = self._row(reader, sighting)
        if row["crop"] is None:
            raise NotFound(f"sighting {sighting} has no picture")
        return self._tools.crops.read(row["crop"], self._tools.vault.unlock(row["locked"]))

    def encodings(
        self, encoder: str, which: SightingFilter | None = None, limit: int = 10_000
    ) -> tuple[tuple[str, ...], Floats]:
        where = conditions(which)
        where.add("s.encoder = ? AND s.sealed_encoding IS NOT NULL", encoder)
        with self._tools.database.read() as reader:
            rows = reader.execute(
                f"SELECT s.id, s.sealed_encoding, locked FROM sightings s "
                f"JOIN data_keys k ON k.id = s.data_key {where.sql} {_NEWEST_FIRST}",
                (*where.parameters, limit),
            ).fetchall()
        if not rows:
            return (), np.zeros((0, 0), np.float32)
        vault = self._tools.vault
        encodings = [
            vault.unlock(row["locked"]).open_floats(row["sealed_encoding"]) for row in rows
        ]
        return tuple(row["id"] for row in rows), np.stack(encodings)

    def encodings_of(self, sightings: Sequence[str]) -> Mapping[str, Floats]:
        vault, found = self._tools.vault, {}
        with self._tools.database.read() as reader:
            for part in in_parts(sightings):
                for row in reader.execute(
                    f"{_SELECT} WHERE s.id IN ({marks(len(part))}) AND sealed_encoding IS NOT NULL",
                    tuple(part),
                ):
                    key = vault.unlock(row["locked"])
                    found[row["id"]] = key.open_floats(row["sealed_encoding"])
        return found

    def unnamed(self, encoder: str, limit: int) -> tuple[tuple[str, str], ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT id, cluster FROM sightings WHERE person IS NULL AND encoder = ? "
                "AND cluster IS NOT NULL AND sealed_encoding IS NOT NULL "
                "ORDER BY last_s DESC, seq DESC LIMIT ?",
                (encoder, limit),
            ).fetchall()
        return tuple((row["id"], row["cluster"]) for row in rows)

    def assign(self, cluster: str, person: str) -> int:
        try:
            with self._tools.database.write() as writer:
                return writer.execute(
                    "UPDATE sightings SET person = ?, state = 'known' WHERE cluster = ?",
                    (person, cluster),
                ).rowcount
        except Conflict as error:
            raise NotFound(f"there is no person {person!r:.60}") from error

    def put_into(self, cluster: str, sightings: Sequence[str]) -> int:
        with self._tools.database.write() as writer:
            return sum(
                writer.execute(
                    "UPDATE sightings SET person = NULL, cluster = ?, "
                    "state = CASE state WHEN 'known' THEN 'unknown' ELSE state END "
                    f"WHERE id IN ({marks(len(part))})",
                    (cluster, *part),
                ).rowcount
                for part in in_parts(sightings)
            )

    def clusters(self, cameras: Sequence[str] | None = None) -> tuple[Cluster, ...]:
        sql, seen_by = by_cameras(cameras)
        with self._tools.database.read() as reader:
            rows = reader.execute(
                "SELECT cluster, count(*), min(first_s), max(last_s), max(quality) FROM sightings "
                f"WHERE person IS NULL AND cluster IS NOT NULL {sql} GROUP BY cluster "
                "ORDER BY max(last_s) DESC",
                seen_by,
            ).fetchall()
        return tuple(Cluster(*row) for row in rows)

    def last_of(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, float]:
        sql, seen_by = by_cameras(cameras)
        found: dict[str, float] = {}
        with self._tools.database.read() as reader:
            for part in in_parts(people):
                rows = reader.execute(
                    "SELECT person, max(last_s) FROM sightings "
                    f"WHERE person IN ({marks(len(part))}) {sql} GROUP BY person",
                    (*part, *seen_by),
                ).fetchall()
                found |= dict(rows)
        return found

    def portraits(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, str]:
        return best_pictures(self._tools, "sightings", people, cameras)

    def count(self, which: SightingFilter | None = None) -> int:
        where = conditions(which)
        with self._tools.database.read() as reader:
            (count,) = reader.execute(
                f"SELECT count(*) FROM sightings s {where.sql}", where.parameters
            ).fetchone()
        return int(count)

    def delete(self, sightings: Sequence[str]) -> int:
        count = 0
        with self._tools.database.write() as writer:
            for part in in_parts(sightings):
                chosen = marks(len(part))
                count += self._delete(writer, f"id IN ({chosen})", *part)
                writer.execute(f"DELETE FROM events WHERE sighting IN ({chosen})", tuple(part))
        return count

    def delete_before(self, before_s: float, known: bool, limit: int) -> int:
        whose = "person IS NOT NULL" if known else "person IS NULL"
        with self._tools.database.write() as writer:
            return self._delete(
                writer,
                f"seq IN (SELECT seq FROM sightings WHERE last_s < ? AND {whose} LIMIT ?)",
                before_s,
                limit,
            )

    def drop_images_before(self, before_s: float, limit: int) -> int:
        with self._tools.database.write() as writer:
            rows = writer.execute(
                "SELECT seq, crop FROM sightings WHERE last_s < ? AND crop IS NOT NULL LIMIT ?",
                (before_s, limit),
            ).fetchall()
            writer.executemany(
                "UPDATE sightings SET crop = NULL WHERE seq = ?", [(row["seq"],) for row in rows]
            )
            self._tools.crops_after_commit(row["crop"] for row in rows)
        return len(rows)

    def _delete(self, writer: sqlite3.Connection, condition: str, *values: str | float) -> int:
        rows = writer.execute(
            f"DELETE FROM sightings WHERE {condition} RETURNING crop", values
        ).fetchall()
        if rows:
            self._tools.forget(row["crop"] for row in rows if row["crop"])
        return len(rows)

    def _row(self, connection: sqlite3.Connection, sighting: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(
            f"{_SELECT} WHERE s.id = ?", (sighting,)
        ).fetchone()
        if row is None:
            raise NotFound(f"there is no sighting {sighting!r:.60}")
        return row

    def _sighting(self, row: sqlite3.Row) -> Sighting:
        return read_sighting(row, self._tools.vault.unlock(row["locked"]))


def conditions(which: SightingFilter | None) -> Where:
    """The filter as conditions on the sightings `s`."""
    where = Where()
    if which is None:
        return where
    where.add_given(
        {
            "s.person = ?": which.person,
            "s.cluster = ?": which.cluster,
            "s.camera = ?": which.camera,
            "s.state = ?": which.state,
            "s.last_s >= ?": which.since_s,
            "s.first_s <= ?": which.until_s,
        }
    )
    where.add_any_of("s.camera", which.cameras)
    if which.known is not None:
        where.add("s.person IS NOT NULL" if which.known else "s.person IS NULL")
    return where
