"""One message to a broker."""

from __future__ import annotations

import json
from dataclasses import dataclass

MAX_STATE_CHARACTERS = 255
"""Home Assistant takes no longer state."""


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """retain: it is a state, and whoever subscribes later gets it, too."""

    topic: str
    payload: bytes
    retain: bool = False
    qos: int = 0


def as_json(value: object) -> bytes:
    """JSON, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def as_level(name: str) -> str:
    """A name as one level of a topic."""
    return name.translate(str.maketrans("/+#", "___", "\0"))


def as_state(text: str) -> bytes:
    """A state of Home Assistant, cut where it is too long."""
    if len(text) > MAX_STATE_CHARACTERS:
        text = text[: MAX_STATE_CHARACTERS - 1] + "…"
    return text.encode()


def told(topic: str, value: object, qos: int = 0) -> MqttMessage:
    """Something that happened, as JSON; nobody who comes later is told."""
    return MqttMessage(topic, as_json(value), qos=qos)
