"""The faces of sightings in SQLite, in sealed blocks and loose."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.storage.errors import StoreDamaged
from lookout.server.storage.face_codes import FaceCodes, Numbers, face_codes, read_face_codes
from lookout.server.storage.paging import in_parts
from lookout.server.storage.records import SightingFilter
from lookout.server.storage.rows.row import Value
from lookout.server.storage.sqlite.common import Tools, marks
from lookout.server.storage.sqlite.sightings import conditions
from lookout.server.storage.store_faces import END, FaceBlock, LooseFace, gaps

_MARK = "substr(sealed_encoding, -16)"
"""The end of a sealed value is a hash of it and of random bytes."""


class SqliteFaces:
    """`server.storage.store_faces.SightingFaces`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def blocks(self, encoder: str) -> tuple[FaceBlock, ...]:
        with self._tools.database.read() as reader:
            return _blocks(reader, encoder)

    def open(self, block: FaceBlock) -> FaceCodes | None:
        with self._tools.database.read() as reader:
            row = reader.execute(
                "SELECT sealed, locked FROM face_blocks b JOIN data_keys k ON k.id = b.data_key "
                "WHERE b.id = ?",
                (block.id,),
            ).fetchone()
        if row is None:
            return None
        content = self._tools.vault.unlock(row["locked"]).open(row["sealed"])
        try:
            return read_face_codes(content, block.count)
        except ValueError as error:
            raise StoreDamaged(f"a block of faces has an unknown form: {error}") from error

    def loose(self, encoder: str, limit: int) -> tuple[LooseFace, ...]:
        found: list[LooseFace] = []
        with self._tools.database.read() as reader:
            for first, last in reversed(gaps(_blocks(reader, encoder))):
                found += _loose(reader, encoder, first, last, limit - len(found), "DESC")
                if len(found) == limit:
                    break
        return tuple(found)

    def encodings(self, numbers: Sequence[int]) -> Mapping[int, Floats]:
        vault = self._tools.vault
        rows = self._rows(
            "s.sealed_encoding, locked FROM sightings s JOIN data_keys k ON k.id = s.data_key",
            numbers,
            "s.sealed_encoding IS NOT NULL",
        )
        return {
            row["seq"]: vault.unlock(row["locked"]).open_floats(row["sealed_encoding"])
            for row in rows
        }

    def make_block(self, encoder: str, size: int, settled_s: float) -> FaceBlock | None:
        with self._tools.database.read() as reader:
            place = _next_place(reader, encoder, size, settled_s)
        if place is None:
            return None
        first, last, faces = place
        numbers = [face.number for face in faces]
        encodings = self.encodings(numbers)
        if len(encodings) < len(faces):
            return None  # one of them has just gone: the next time
        codes = face_codes(np.array(numbers), np.stack([encodings[number] for number in numbers]))
        key, locked = self._tools.vault.new_key()
        sealed = key.seal(codes.to_bytes())
        with self._tools.database.write() as writer:
            if _loose(writer, encoder, first, last, size, "ASC") != faces:
                return None  # likewise: what was read is no longer what is there
            number = self._tools.new_data_key(writer, "sighting", locked)
            block = writer.execute(
                "INSERT INTO face_blocks (encoder, first, last, count, data_key, sealed) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (encoder, first, last, len(faces), number, sealed),
            ).lastrowid
        return FaceBlock(block or 0, first, last, len(faces))

    def numbers(self, which: SightingFilter) -> Numbers:
        where = conditions(which)
        with self._tools.database.read() as reader:
            # that index alone answers it, for a row is a kilobyte; and a million numbers are read
            # from one text three times as fast as from a million rows
            (text,) = reader.execute(
                f"SELECT group_concat(s.seq) FROM sightings s INDEXED BY sightings_by_start "
                f"{where.sql}",
                where.parameters,
            ).fetchone()
        return np.sort(np.fromstring(text or "", np.int64, sep=","))

    def ids(self, numbers: Sequence[int]) -> Mapping[int, str]:
        return {row["seq"]: row["id"] for row in self._rows("s.id FROM sightings s", numbers)}

    def _rows(
        self, columns: str, numbers: Sequence[int], condition: str = "1", *values: Value
    ) -> list[sqlite3.Row]:
        """`SELECT s.seq, columns` of those of these sightings for which the condition holds."""
        found: list[sqlite3.Row] = []
        with self._tools.database.read() as reader:
            for part in in_parts(numbers):
                found += reader.execute(
                    f"SELECT s.seq, {columns} WHERE {condition} AND s.seq IN ({marks(len(part))})",
                    (*values, *part),
                )
        return found


def _blocks(connection: sqlite3.Connection, encoder: str) -> tuple[FaceBlock, ...]:
    rows = connection.execute(
        "SELECT id, first, last, count FROM face_blocks WHERE encoder = ? ORDER BY first",
        (encoder,),
    )
    return tuple(FaceBlock(*row) for row in rows)


def _loose(
    connection: sqlite3.Connection, encoder: str, first: int, last: int, limit: int, order: str
) -> tuple[LooseFace, ...]:
    rows = connection.execute(
        f"SELECT seq, {_MARK} FROM sightings INDEXED BY sightings_with_face WHERE encoder = ? "
        f"AND sealed_encoding IS NOT NULL AND seq BETWEEN ? AND ? ORDER BY seq {order} LIMIT ?",
        (encoder, first, last, limit),
    )
    return tuple(LooseFace(*row) for row in rows)


def _next_place(
    connection: sqlite3.Connection, encoder: str, size: int, settled_s: float
) -> tuple[int, int, tuple[LooseFace, ...]] | None:
    """Where the next block begins and ends, and its faces: the rest of one that has gone, or as
    many as make a full one of the earliest that are in none."""
    for first, end in gaps(_blocks(connection, encoder)):
        faces = _loose(connection, encoder, first, end, size, "ASC")
        if not faces or (end == END and len(faces) < size):
            continue
        (latest_s,) = connection.execute(
            "SELECT max(last_s) FROM sightings WHERE seq BETWEEN ? AND ?",
            (faces[0].number, faces[-1].number),
        ).fetchone()
        if latest_s < settled_s:
            is_rest = len(faces) < size
            return first, end if is_rest else faces[-1].number, faces
    return None
