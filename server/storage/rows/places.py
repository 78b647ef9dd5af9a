"""Cameras and floor plans as rows, sealed under the store's key."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from lookout.server.storage.camera_records import CameraKind, CameraPlace, CameraRecord, Origin
from lookout.server.storage.plan_records import Plan
from lookout.server.storage.rows.row import Fields, ReadRow
from lookout.server.storage.vault import DataKey

_IN_THE_CLEAR = ("id", "name", "kind", "created_at")


def camera_fields(camera: CameraRecord, key: DataKey) -> Fields:
    fields = dataclasses.asdict(camera)
    sealed = {name: value for name, value in fields.items() if name not in _IN_THE_CLEAR}
    return {
        "id": camera.id,
        "name": camera.name,
        "kind": str(camera.kind),
        "created_at": camera.created_at,
        "sealed": key.seal_json(sealed),
    }


def read_camera(row: ReadRow, key: DataKey) -> CameraRecord:
    return CameraRecord(
        id=row["id"],
        name=row["name"],
        kind=CameraKind(row["kind"]),
        created_at=row["created_at"],
        **_opened(key.open_mapping(row["sealed"])),
    )


def plan_fields(plan: Plan, key: DataKey) -> Fields:
    """All but the picture."""
    width, height = plan.size_wh
    return {
        "id": plan.id,
        "width": width,
        "height": height,
        "created_at": plan.created_at,
        "sealed": key.seal_json({"name": plan.name, "width_m": plan.width_m}),
    }


def read_plan(row: ReadRow, key: DataKey) -> Plan:
    sealed = key.open_mapping(row["sealed"])
    width_m = sealed["width_m"]
    return Plan(
        id=row["id"],
        name=str(sealed["name"]),
        size_wh=(row["width"], row["height"]),
        created_at=row["created_at"],
        width_m=width_m if isinstance(width_m, int | float) else None,
    )


def _opened(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the record has them: JSON knows neither tuples nor records."""
    fields = dict(sealed)
    fields["origin"] = Origin(fields["origin"])
    fields["former_names"] = tuple(fields["former_names"])
    fields["privacy_masks"] = tuple(
        tuple((x, y) for x, y in polygon) for polygon in fields["privacy_masks"]
    )
    if fields["place"] is not None:
        fields["place"] = CameraPlace(**fields["place"])
    return fields
