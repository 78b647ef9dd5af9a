"""The faces of sightings in MongoDB, in sealed blocks and loose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lookout.faces.detections import Floats
from lookout.server.storage.errors import StoreDamaged
from lookout.server.storage.face_codes import FaceCodes, Numbers, face_codes, read_face_codes
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import Reader
from lookout.server.storage.mongo.sightings import conditions
from lookout.server.storage.paging import in_parts
from lookout.server.storage.records import SightingFilter
from lookout.server.storage.store_faces import END, FaceBlock, LooseFace, gaps

_FIRST_FIRST, _LAST_FIRST = 1, -1


class MongoFaces:
    """`server.storage.store_faces.SightingFaces`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def blocks(self, encoder: str) -> tuple[FaceBlock, ...]:
        with self._tools.database.read() as reader:
            return _blocks(reader, encoder)

    def open(self, block: FaceBlock) -> FaceCodes | None:
        with self._tools.database.read() as reader:
            row = reader.one("face_blocks", {"_id": block.id}, ("sealed", "data_key"))
        key = None if row is None else self._tools.key(row["data_key"])
        if row is None or key is None:
            return None
        try:
            return read_face_codes(key.open(row["sealed"]), block.count)
        except ValueError as error:
            raise StoreDamaged(f"a block of faces has an unknown form: {error}") from error

    def loose(self, encoder: str, limit: int) -> tuple[LooseFace, ...]:
        found: list[LooseFace] = []
        with self._tools.database.read() as reader:
            for first, last in reversed(gaps(_blocks(reader, encoder))):
                found += _loose(reader, encoder, first, last, limit - len(found), _LAST_FIRST)
                if len(found) == limit:
                    break
        return tuple(found)

    def encodings(self, numbers: Sequence[int]) -> Mapping[int, Floats]:
        rows = self._rows(numbers, ("sealed_encoding", "data_key"), {"face_mark": {"$ne": None}})
        keys = self._tools.keys(rows)
        return {
            row["_id"]: keys[row["data_key"]].open_floats(row["sealed_encoding"])
            for row in rows
            if row["data_key"] in keys
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
            if _loose(writer, encoder, first, last, size, _FIRST_FIRST) != faces:
                return None  # likewise: what was read is no longer what is there
            block = writer.insert(
                "face_blocks",
                {
                    "encoder": encoder,
                    "first": first,
                    "last": last,
                    "count": len(faces),
                    "data_key": self._tools.new_data_key(writer, "sighting", locked),
                    "sealed": sealed,
                },
            )
        return FaceBlock(block, first, last, len(faces))

    def numbers(self, which: SightingFilter) -> Numbers:
        with self._tools.database.read() as reader:
            rows = reader.find("sightings", conditions(which), fields=("_id",))
        return np.sort(np.array([row["_id"] for row in rows], np.int64))

    def ids(self, numbers: Sequence[int]) -> Mapping[int, str]:
        return {row["_id"]: row["id"] for row in self._rows(numbers, ("id",), {})}

    def _rows(
        self, numbers: Sequence[int], fields: Sequence[str], query: Mapping[str, Any]
    ) -> list[Document]:
        found: list[Document] = []
        with self._tools.database.read() as reader:
            for part in in_parts([int(number) for number in numbers]):
                these = {"_id": {"$in": list(part)}, **query}
                found += reader.find("sightings", these, fields=fields)
        return found


def _blocks(reader: Reader, encoder: str) -> tuple[FaceBlock, ...]:
    rows = reader.find(
        "face_blocks", {"encoder": encoder}, (("first", 1),), fields=("first", "last", "count")
    )
    return tuple(FaceBlock(row["_id"], row["first"], row["last"], row["count"]) for row in rows)


def _loose(
    reader: Reader, encoder: str, first: int, last: int, limit: int, order: int
) -> tuple[LooseFace, ...]:
    rows = reader.find(
        "sightings",
        {"encoder": encoder, "face_mark": {"$ne": None}, "_id": {"$gte": first, "$lte": last}},
        (("_id", order),),
        limit,
        fields=("face_mark",),
    )
    return tuple(LooseFace(row["_id"], row["face_mark"]) for row in rows)


def _next_place(
    reader: Reader, encoder: str, size: int, settled_s: float
) -> tuple[int, int, tuple[LooseFace, ...]] | None:
    """Where the next block begins and ends, and its faces: the rest of one that has gone, or as
    many as make a full one of the earliest that are in none."""
    for first, end in gaps(_blocks(reader, encoder)):
        faces = _loose(reader, encoder, first, end, size, _FIRST_FIRST)
        if not faces or (end == END and len(faces) < size):
            continue
        between = {"_id": {"$gte": faces[0].number, "$lte": faces[-1].number}}
        latest = reader.find("sightings", between, (("last_s", -1),), 1, fields=("last_s",))
        if not latest or latest[0]["last_s"] < settled_s:
            is_rest = len(faces) < size
            return first, end if is_rest else faces[-1].number, faces
    return None
