"""The log of movement, a row for each sighting of a visit, and its forms for other programs.

CSV cells that a spreadsheet would take for a formula are quoted: a person's name may begin with
`=`. GeoJSON is RFC 7946: longitude first, WGS 84.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from lookout.server.movement.plausibility import Certainty, certainty
from lookout.server.movement.travel import TravelGraph
from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.visit_records import Leg

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a camera, which stands for the person's: degrees, WGS 84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class LogRow:
    """One person at one camera. Times are Unix seconds; `travel_s` is since `from_camera`, negative
    where both saw the person at once. zone: the names of those of the picture in which the face
    was. lat, lon: the camera's."""

    visit: str
    person: str | None
    name: str | None
    cluster: str | None
    camera: str
    zone: str | None
    enter: float
    leave: float
    from_camera: str | None
    travel_s: float | None
    lat: float | None
    lon: float | None
    sighting: str
    certainty: Certainty


COLUMNS = tuple(field.name for field in fields(LogRow))


def positions(cameras: Iterable[CameraRecord]) -> Mapping[str, Position]:
    """The places of those cameras, by name, that have one on the map."""
    return {
        camera.name: Position(camera.place.lat, camera.place.lon)
        for camera in cameras
        if camera.place is not None
        and camera.place.lat is not None
        and camera.place.lon is not None
    }


def log_row(
    leg: Leg,
    graph: TravelGraph,
    names: Mapping[str, str],
    positions: Mapping[str, Position],
    zones: Mapping[str, str],
) -> LogRow:
    """The row of a leg. The names of people and of zones, by id; the positions of cameras, by
    name."""
    position = positions.get(leg.camera)
    entered = [zones[zone] for zone in leg.zones if zone in zones]
    return LogRow(
        visit=leg.visit,
        person=leg.person,
        name=None if leg.person is None else names.get(leg.person),
        cluster=leg.cluster if leg.person is None else None,
        camera=leg.camera,
        zone=", ".join(entered) or None,
        enter=leg.first_s,
        leave=leg.last_s,
        from_camera=leg.from_camera,
        travel_s=leg.travel_s,
        lat=None if position is None else position.lat,
        lon=None if position is None else position.lon,
        sighting=leg.sighting,
        certainty=certainty(leg, graph),
    )


def to_csv(rows: Iterable[LogRow]) -> str:
    """A table with a head, as RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([spreadsheet_safe(value) for value in asdict(row).values()])
    return text.getvalue()


def to_geojson(rows: Iterable[LogRow]) -> str:
    """A FeatureCollection: a point for each row, at its camera, without geometry where the camera
    has no place."""
    features = [
        {
            "type": "Feature",
            "id": row.sighting,
            "geometry": None
            if row.lat is None or row.lon is None
            else {"type": "Point", "coordinates": [row.lon, row.lat]},
            "properties": {
                name: value for name, value in asdict(row).items() if name not in ("lat", "lon")
            },
        }
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def spreadsheet_safe(value: object) -> object:
    """The value of a cell; a text that a spreadsheet would run as a formula begins with a quote."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
