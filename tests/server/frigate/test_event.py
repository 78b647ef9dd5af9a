"""What Frigate says is read as far as it is understood, and nothing of it is trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lookout.server.frigate.event import FaceUpdate, FrigateEvent, read_event, read_face
from lookout.server.frigate.options import FrigateOptions

AFTER: dict[str, Any] = {
    "id": "1607123955.475377-mxklsc",
    "camera": "front_door",
    "label": "person",
    "sub_label": None,
    "box": [424, 500, 536, 712],
    "snapshot": {"frame_time": 1607123961.0, "box": [400, 490, 530, 700], "score": 0.79},
    "entered_zones": ["yard"],
    "current_zones": ["steps"],
    "has_snapshot": True,
    "has_clip": True,
    "false_positive": False,
}


def event(kind: str = "update", **after: Any) -> FrigateEvent | None:
    return read_event(json.dumps({"type": kind, "before": {}, "after": AFTER | after}).encode())


def test_an_event_is_read() -> None:
    assert event() == FrigateEvent(
        id="1607123955.475377-mxklsc",
        kind="update",
        camera="front_door",
        label="person",
        box=(424.0, 500.0, 536.0, 712.0),
        best_box=(400.0, 490.0, 530.0, 700.0),
        zones=frozenset({"yard", "steps"}),
        has_clip=True,
    )


@pytest.mark.parametrize("label", ["John Smith", ["John Smith", 0.79]])
def test_a_name_that_is_there_already_is_read_in_both_forms(label: Any) -> None:
    found = event(sub_label=label)
    assert found is not None
    assert found.sub_label == "John Smith"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"type": "new"}',
        b'{"type": "new", "after": []}',
        json.dumps({"type": "gone", "after": AFTER}).encode(),
        json.dumps({"type": "new", "after": AFTER | {"id": "../../config"}}).encode(),
        json.dumps({"type": "new", "after": AFTER | {"camera": 3}}).encode(),
    ],
)
def test_what_is_no_event_is_none(payload: bytes) -> None:
    assert read_event(payload) is None


def test_a_face_that_frigate_saw_is_read() -> None:
    told = {"type": "face", "id": AFTER["id"], "name": None, "score": 0.5, "camera": "front_door"}
    assert read_face(json.dumps(told).encode()) == FaceUpdate(AFTER["id"], None)
    assert read_face(json.dumps(told | {"type": "description"}).encode()) is None


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, ""),
        ({"cameras": frozenset({"yard"})}, "its camera is not one of those"),
        ({"labels": frozenset({"face"})}, "it is a person"),
        ({"zones": {"front_door": frozenset({"street"})}}, "it has been in none of the zones"),
        ({"zones": {"front_door": frozenset({"yard"})}}, ""),
        ({"zones": {"garage": frozenset({"street"})}}, ""),
    ],
)
def test_cameras_zones_and_labels_are_chosen(options: dict[str, Any], why: str) -> None:
    found = event()
    assert found is not None
    assert FrigateOptions("http://frigate", **options).why_not(found) == why
