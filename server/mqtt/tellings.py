"""The messages of one event; nothing of them is retained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.server.events.types import EventType
from lookout.server.mqtt.discovery import Topics
from lookout.server.mqtt.message import MqttMessage, as_level, told
from lookout.server.mqtt.options import Imitated
from lookout.server.storage.records import Event

AT_LEAST_ONCE = 1


def tellings(
    topics: Topics, event: Event, envelope: Mapping[str, Any], imitated: frozenset[Imitated]
) -> list[MqttMessage]:
    """What a broker is told of an event with this envelope."""
    qos = 0 if event.kind == EventType.SIGHTING_UPDATED else AT_LEAST_ONCE
    messages = [told(topics.events, envelope, qos)]
    word = _word(event)
    camera = envelope["camera"]
    if word and camera:
        attributes = _attributes(envelope)
        messages.append(told(topics.camera(camera, "event"), {"event_type": word, **attributes}))
        if event.person is not None and word in ("person_seen", "left"):
            seen = "seen" if word == "person_seen" else "left"
            messages.append(
                told(topics.person(event.person, "event"), {"event_type": seen, **attributes})
            )
        if word == "unknown_seen":
            messages.append(told(topics.server("event"), {"event_type": word, **attributes}))
    if Imitated.FRIGATE in imitated and word in ("person_seen", "unknown_seen"):
        messages.append(_as_frigate(envelope))
    if Imitated.DOUBLE_TAKE in imitated and word in ("person_seen", "unknown_seen"):
        messages += _as_double_take(envelope)
    return messages


def _word(event: Event) -> str:
    """What Home Assistant calls it; empty for what it is not told of."""
    if event.old_kind in ("person_seen", "unknown_seen"):
        return event.old_kind
    if event.kind == EventType.SIGHTING_ENDED:
        return "left"
    return "alert" if event.kind == EventType.ALERT_FIRING else ""


def _attributes(envelope: Mapping[str, Any]) -> dict[str, Any]:
    person = envelope["person"] or {}
    alert = envelope.get("alert") or {}
    attributes = {
        "person": person.get("id"),
        "name": person.get("name"),
        "cluster": envelope["cluster"],
        "camera": envelope["camera_name"],
        "sighting": envelope["sighting"],
        "similarity": envelope["similarity"],
        "alert": alert.get("id"),
        "title": alert.get("title"),
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _as_frigate(envelope: Mapping[str, Any]) -> MqttMessage:
    """The update of a face, as Frigate 0.16 and later tell it."""
    return told(
        "frigate/tracked_object_update",
        {
            "type": "face",
            "id": envelope["sighting"],
            "name": (envelope["person"] or {}).get("name"),
            "score": envelope["similarity"] or 0.0,
            "camera": envelope["camera_name"],
            "timestamp": envelope["at"],
        },
    )


def _as_double_take(envelope: Mapping[str, Any]) -> list[MqttMessage]:
    """A match or an unknown face, and the camera's own, as Double Take 1.x tells them."""
    name = (envelope["person"] or {}).get("name")
    camera = str(envelope["camera_name"])
    face = {
        "name": name or "unknown",
        "confidence": round(100 * (envelope["similarity"] or 0.0), 2),
        "match": name is not None,
        "type": "lookout",
        "duration": 0,
        "detector": "lookout",
        "filename": f"{envelope['sighting']}.jpg",
    }
    about = {
        "id": envelope["sighting"],
        "duration": 0,
        "timestamp": envelope["at"],
        "attempts": 1,
        "camera": camera,
        "zones": [],
    }
    lists = {"matches": [face] if name else [], "misses": [], "unknowns": [] if name else [face]}
    counts = {"person": 1, "match": int(bool(name)), "miss": 0, "unknown": int(not name)}
    topic = f"double-take/matches/{as_level(name) if name else 'unknown'}"
    of_one = {**about, ("match" if name else "unknown"): face}
    return [
        told(topic, of_one),
        told(f"double-take/cameras/{as_level(camera)}", {**about, **lists, "counts": counts}),
    ]
