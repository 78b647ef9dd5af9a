"""The events of networks that come and go."""

from __future__ import annotations

from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, new_id


def model_changed(name: str, loaded: bool, why: str, memory_bytes: int, at_s: float) -> Event:
    """A network was loaded or unloaded; `why` is one word."""
    kind = EventType.MODEL_LOADED if loaded else EventType.MODEL_UNLOADED
    detail = {"model": name, "why": why, "memory_bytes": memory_bytes}
    return Event(new_id(), kind, at_s, detail=detail)
