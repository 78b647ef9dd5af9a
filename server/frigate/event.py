"""What Frigate says over MQTT: of an object that it follows, and of a face that it has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookout.json_document import BadJson, read_json

MOST_BYTES = 1_000_000
MOST_ID = 100
BoxPixels = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FrigateEvent:
    """The state of an object that Frigate follows.

    kind:      `new`, `update` or `end`.
    box:       (x1, y1, x2, y2), in pixels of the stream in which Frigate detects; None: not said.
    best_box:  likewise, in the snapshot, which may be older.
    zones:     all that the object has been in.
    sub_label: the name that the event has already, whoever gave it.
    lasted_s:  of an event that has ended.
    """

    id: str
    kind: str
    camera: str
    label: str
    box: BoxPixels | None = None
    best_box: BoxPixels | None = None
    zones: frozenset[str] = frozenset()
    sub_label: str | None = None
    has_clip: bool = False
    lasted_s: float | None = None
    false_positive: bool = False


@dataclass(frozen=True, slots=True)
class FaceUpdate:
    """Frigate itself has seen a face of this event. name: None where it knows none."""

    id: str
    name: str | None


def read_event(payload: bytes) -> FrigateEvent | None:
    """The event that a message on `frigate/events` tells of; None for one that tells of none."""
    message = _mapping(payload)
    after = message.get("after")
    kind, one = message.get("type"), after if isinstance(after, Mapping) else {}
    name, camera, label = one.get("id"), one.get("camera"), one.get("label")
    if kind not in ("new", "update", "end") or not _is_id(name):
        return None
    if not isinstance(camera, str) or not isinstance(label, str):
        return None
    box, best = _box(one.get("box")), one.get("snapshot")
    return FrigateEvent(
        id=str(name),
        kind=str(kind),
        camera=camera,
        label=label,
        box=box,
        best_box=_box(best.get("box")) if isinstance(best, Mapping) else box,
        zones=_words(one.get("entered_zones")) | _words(one.get("current_zones")),
        sub_label=_sub_label(one.get("sub_label")),
        has_clip=one.get("has_clip") is True,
        lasted_s=_lasted_s(one.get("start_time"), one.get("end_time")),
        false_positive=one.get("false_positive") is True,
    )


def read_face(payload: bytes) -> FaceUpdate | None:
    """The face of which a message on `frigate/tracked_object_update` tells; None: of no face."""
    message = _mapping(payload)
    name, found = message.get("id"), message.get("name")
    if message.get("type") != "face" or not _is_id(name):
        return None
    return FaceUpdate(str(name), found if isinstance(found, str) and found else None)


def _mapping(payload: bytes) -> Mapping[str, object]:
    try:
        value = read_json(payload, MOST_BYTES)
    except BadJson:
        return {}
    return value if isinstance(value, dict) else {}


def _is_id(value: object) -> bool:
    """Ids become parts of addresses: `1607123955.475377-mxklsc`."""
    if not isinstance(value, str) or not 0 < len(value) <= MOST_ID:
        return False
    return all(one.isascii() and (one.isalnum() or one in "._-") for one in value)


def _box(value: object) -> BoxPixels | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(edge, int | float) for edge in value):
        return None
    x1, y1, x2, y2 = (float(edge) for edge in value)
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None


def _lasted_s(start: object, end: object) -> float | None:
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return None
    return float(end - start) if end > start else None


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        return frozenset()
    return frozenset(word for word in value if isinstance(word, str))


def _sub_label(value: object) -> str | None:
    """Frigate writes a name, or a name and a score."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) and value else None
