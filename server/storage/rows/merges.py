"""Merges of people as rows, sealed under the key of whoever stayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.server.storage.merge_records import Merge
from lookout.server.storage.records import Person
from lookout.server.storage.rows.row import Fields, ReadRow
from lookout.server.storage.vault import DataKey


def merge_fields(merge: Merge, before: Mapping[str, Any], key: DataKey) -> Fields:
    """before: what was whose, as JSON."""
    return {
        "id": merge.id,
        "person": merge.stays,
        "at_s": merge.at_s,
        "sealed": key.seal_json({**before}),
    }


def read_merge(row: ReadRow, before: Mapping[str, Any]) -> Merge:
    gone = {key: value for key, value in before["person"].items() if key != "place"}
    return Merge(row["id"], Person(**gone), row["person"], row["at_s"], tuple(before["rejections"]))


def written_person(person: Person, place: int) -> dict[str, object]:
    """A person as JSON. place: their number, by which lists of people are sorted."""
    return {
        "place": place,
        "id": person.id,
        "name": person.name,
        "created_at": person.created_at,
        "identifier": person.identifier,
        "info": {**person.info},
    }
