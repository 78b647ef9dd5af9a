"""The log as other programs read it."""

from __future__ import annotations

import csv
import io
import json

from lookout.server.movement.log import COLUMNS, LogRow, Position, log_row, to_csv, to_geojson
from lookout.server.movement.travel import TravelGraph
from lookout.server.storage.visit_records import Leg

ADA = Leg("s2", "v1", "hall", 100.5, 110, "p1", None, "door", 80, ("z2", "z1", "gone"))
ZONES = {"z1": "stairs", "z2": "desk"}
STRANGER = Leg("s1", "v2", "door", 70, 80, None, "unk")


def rows(name: str) -> list[LogRow]:
    names, positions = {"p1": name}, {"hall": Position(52.5, 13.4)}
    return [log_row(leg, TravelGraph(), names, positions, ZONES) for leg in (ADA, STRANGER)]


def test_csv_has_a_head_and_a_row_for_each_leg() -> None:
    head, ada, stranger = csv.reader(io.StringIO(to_csv(rows("Ada"))))
    assert tuple(head) == COLUMNS
    assert ada == [
        "v1",
        "p1",
        "Ada",
        "",
        "hall",
        "desk, stairs",
        "100.5",
        "110",
        "door",
        "20.5",
        "52.5",
        "13.4",
        "s2",
        "named",
    ]
    assert stranger == [
        "v2",
        "",
        "",
        "unk",
        "door",
        "",
        "70",
        "80",
        "",
        "",
        "",
        "",
        "s1",
        "unknown",
    ]


def test_a_name_is_no_formula_to_a_spreadsheet() -> None:
    _, ada, _ = csv.reader(io.StringIO(to_csv(rows('=HYPERLINK("x")'))))
    assert ada[2] == '\'=HYPERLINK("x")'


def test_geojson_has_longitude_first_and_no_place_where_there_is_none() -> None:
    ada, stranger = json.loads(to_geojson(rows("Ada")))["features"]
    assert ada["geometry"] == {"type": "Point", "coordinates": [13.4, 52.5]}
    assert ada["properties"]["travel_s"] == 20.5
    assert stranger["geometry"] is None
