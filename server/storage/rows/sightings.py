"""Sightings, events and visits as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lookout.server.storage.records import Event, Sighting
from lookout.server.storage.rows.row import Fields, ReadRow
from lookout.server.storage.vault import DataKey
from lookout.server.storage.visit_records import Visit

UPDATED, PROGRESS = "sighting.updated", "job.progress"
REPLACES: Mapping[str, str] = {
    UPDATED: UPDATED,
    "sighting.ended": UPDATED,
    PROGRESS: PROGRESS,
    "job.done": PROGRESS,
    "job.failed": PROGRESS,
}
"""What need not be kept once an event of this kind has come: a face that stays for a day would
leave 8,640 updates."""


def sighting_fields(sighting: Sighting, key: DataKey, crop: str | None) -> Fields:
    """What changes of a sighting."""
    encoding = sighting.encoding
    return {
        "person": sighting.person,
        "cluster": sighting.cluster,
        "camera": sighting.camera,
        "first_s": sighting.first_s,
        "last_s": sighting.last_s,
        "state": sighting.state,
        "distance": sighting.distance,
        "quality": sighting.quality,
        "encoder": sighting.encoder,
        "sealed_encoding": None if encoding is None else key.seal_floats(encoding),
        "sealed_detail": key.seal_json({**sighting.detail}),
        "crop": crop,
        "zones": json.dumps(sighting.zones) if sighting.zones else None,
    }


def read_sighting(row: ReadRow, key: DataKey) -> Sighting:
    sealed = row["sealed_encoding"]
    return Sighting(
        id=row["id"],
        camera=row["camera"],
        first_s=row["first_s"],
        last_s=row["last_s"],
        state=row["state"],
        person=row["person"],
        cluster=row["cluster"],
        distance=row["distance"],
        quality=row["quality"],
        encoding=None if sealed is None else key.open_floats(sealed),
        encoder=row["encoder"],
        detail=key.open_mapping(row["sealed_detail"]),
        has_image=row["crop"] is not None,
        zones=read_zones(row["zones"]),
    )


def read_zones(text: str | None) -> tuple[str, ...]:
    """The ids of zones as a column holds them."""
    return () if text is None else tuple(json.loads(text))


def event_fields(event: Event, key: DataKey) -> Fields:
    return {
        "id": event.id,
        "kind": event.kind,
        "at_s": event.at_s,
        "camera": event.camera,
        "person": event.person,
        "sighting": event.sighting,
        "sealed_detail": key.seal_json({**event.detail}),
        "cluster": event.cluster,
        "visit": event.visit,
        "subject": event.subject,
        "old_kind": event.old_kind,
    }


def read_event(row: ReadRow, number: int, key: DataKey) -> Event:
    return Event(
        id=row["id"],
        kind=row["kind"],
        at_s=row["at_s"],
        camera=row["camera"],
        person=row["person"],
        sighting=row["sighting"],
        detail=key.open_mapping(row["sealed_detail"]),
        cluster=row["cluster"],
        visit=row["visit"],
        subject=row["subject"],
        old_kind=row["old_kind"],
        number=number,
    )


def visit_fields(visit: Visit) -> Fields:
    return {
        "id": visit.id,
        "person": visit.person,
        "cluster": visit.cluster,
        "first_s": visit.first_s,
        "last_s": visit.last_s,
        "ended": int(visit.ended),
    }


def read_visit(row: ReadRow) -> Visit:
    return Visit(
        id=row["id"],
        first_s=row["first_s"],
        last_s=row["last_s"],
        person=row["person"],
        cluster=row["cluster"],
        ended=bool(row["ended"]),
    )
