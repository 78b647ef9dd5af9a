"""Changes of sightings, with all that follows from one: what triggers do in SQLite.

Whatever changes the person of a sighting takes it out of its visit; a visit that has lost its last
sighting goes, another one shrinks; a block of faces goes with the first of its sightings that is
deleted, whose face changes or whose encoder does; and a data key goes with its document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.mongo.documents import Query, Writer
from lookout.server.storage.paging import in_parts

WATCHED = (
    *("id", "data_key", "person", "cluster", "visit", "first_s", "last_s", "encoder", "crop"),
    "face_mark",
)
MARK_BYTES = 16
"""The end of a sealed value is a hash of it and of random bytes."""


def face_mark(sealed: bytes | None) -> bytes | None:
    """What changes with the face of a sighting: kept beside it, for it is asked for alone."""
    return None if sealed is None else sealed[-MARK_BYTES:]


def with_mark(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a sighting, and the mark of its face where there is one."""
    return {**fields, "face_mark": face_mark(fields["sealed_encoding"])}


def change_sightings(writer: Writer, query: Query, changes: Mapping[str, Any]) -> int:
    """Sets these fields of all sightings that match; returns how many those are."""
    old = writer.find("sightings", query, fields=WATCHED)
    change_rows(writer, old, changes)
    return len(old)


def change_rows(writer: Writer, old: Sequence[Document], changes: Mapping[str, Any]) -> None:
    """Sets these fields of sightings of which WATCHED has just been read."""
    for part in in_parts([row["_id"] for row in old]):
        writer.update("sightings", {"_id": {"$in": list(part)}}, changes)
    if "sealed_encoding" in changes:
        encoder = str(changes["encoder"])
        break_blocks(
            writer, [(name, row["_id"]) for row in old for name in (row["encoder"], encoder)]
        )
    new = [{**row, **changes} for row in old]
    left = [now for was, now in zip(old, new, strict=True) if _is_somebody_else(was, now)]
    for part in in_parts([row["_id"] for row in left]):
        writer.update("sightings", {"_id": {"$in": list(part)}}, {"visit": None})
    for row in left:
        row["visit"] = None
    _settle_visits(
        writer,
        {was["visit"] for was, now in zip(old, new, strict=True) if was["visit"] != now["visit"]},
    )
    _grow_visits(writer, new)


def delete_sightings(
    tools: MongoTools, writer: Writer, query: Query, limit: int | None = None
) -> int:
    """Removes all sightings that match, or `limit` of them; returns how many there were."""
    old = writer.find("sightings", query, fields=WATCHED, limit=limit)
    if not old:
        return 0
    for part in in_parts([row["_id"] for row in old]):
        writer.delete("sightings", {"_id": {"$in": list(part)}})
    writer.doomed += [row["data_key"] for row in old]
    tools.crops_after_commit([row["crop"] for row in old])
    break_blocks(writer, [(row["encoder"], row["_id"]) for row in old if row.get("face_mark")])
    _settle_visits(writer, {row["visit"] for row in old})
    return len(old)


def break_blocks(writer: Writer, faces: Iterable[tuple[str, int]]) -> None:
    """Removes the blocks that hold any of these faces: encoder and number of the sighting."""
    by_encoder: dict[str, list[int]] = {}
    for encoder, number in set(faces):
        by_encoder.setdefault(encoder, []).append(number)
    for encoder, numbers in by_encoder.items():
        for block in _blocks_of(writer, encoder, numbers):
            writer.delete("face_blocks", {"_id": block["_id"]})
            writer.doomed.append(block["data_key"])


def _blocks_of(writer: Writer, encoder: str, numbers: Sequence[int]) -> list[Document]:
    near = writer.find(
        "face_blocks",
        {"encoder": encoder, "first": {"$lte": max(numbers)}, "last": {"$gte": min(numbers)}},
        fields=("first", "last", "data_key"),
    )
    return [
        block
        for block in near
        if any(block["first"] <= number <= block["last"] for number in numbers)
    ]


def _is_somebody_else(was: Document, now: Document) -> bool:
    if now["visit"] is None:
        return False
    return bool(
        was["person"] != now["person"]
        or (now["person"] is None and was["cluster"] != now["cluster"])
    )


def _settle_visits(writer: Writer, visits: Iterable[str | None]) -> None:
    """The visits that a sighting has left: gone, or of the time of those that stayed."""
    left = sorted({visit for visit in visits if visit is not None})
    if not left:
        return
    stayed = writer.aggregate(
        "sightings",
        {"$match": {"visit": {"$in": left}}},
        {
            "$group": {
                "_id": "$visit",
                "first_s": {"$min": "$first_s"},
                "last_s": {"$max": "$last_s"},
            }
        },
    )
    for visit in stayed:
        extent = {"first_s": visit["first_s"], "last_s": visit["last_s"]}
        writer.update("visits", {"id": visit["_id"]}, extent)
    empty = set(left) - {visit["_id"] for visit in stayed}
    if empty:
        writer.delete("visits", {"id": {"$in": sorted(empty)}})


def _grow_visits(writer: Writer, rows: Sequence[Document]) -> None:
    """A visit lasts as long as its sightings do."""
    spans: dict[str, tuple[float, float]] = {}
    for row in rows:
        if row["visit"] is not None:
            first_s, last_s = spans.get(row["visit"], (row["first_s"], row["last_s"]))
            spans[row["visit"]] = (min(first_s, row["first_s"]), max(last_s, row["last_s"]))
    for visit, (first_s, last_s) in spans.items():
        known = writer.one("visits", {"id": visit}, ("first_s", "last_s"))
        if known is not None and (known["first_s"] > first_s or known["last_s"] < last_s):
            extent = {
                "first_s": min(known["first_s"], first_s),
                "last_s": max(known["last_s"], last_s),
            }
            writer.update("visits", {"id": visit}, extent)
