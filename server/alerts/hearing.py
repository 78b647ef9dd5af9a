"""Events as observations: what the feed says, in the form that rules are asked about."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from lookout.server.alerts.rules.observation import (
    NOBODY,
    AlertPlace,
    RuleObservation,
    Signal,
    Subject,
    SubjectKind,
)
from lookout.server.events.cameras import CameraIds
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event

SIGNALS: Mapping[str, Signal] = {
    EventType.SIGHTING_BEGAN: Signal.SEEN,
    EventType.SIGHTING_UPDATED: Signal.SEEN,
    EventType.SIGHTING_ENDED: Signal.ENDED,
    EventType.SIGHTING_CORRECTED: Signal.CORRECTED,
    EventType.LIVENESS_SUSPECTED: Signal.SPOOF,
    EventType.CAMERA_LOST: Signal.CAMERA_LOST,
    EventType.CAMERA_ONLINE: Signal.CAMERA_ONLINE,
}

Places = Callable[[str], AlertPlace | None]
"""The place of a camera, by its name."""


def no_places(_camera: str) -> AlertPlace | None:
    """Where cameras have no places."""
    return None


def observation_of(event: Event, directory: CameraIds, places: Places) -> RuleObservation | None:
    """The observation that an event is; None for one that rules do not ask about."""
    signal = SIGNALS.get(event.kind)
    if signal is None:
        return None
    detail = event.detail
    return RuleObservation(
        signal=signal,
        at_s=_time_of(event, signal),
        camera=event.camera,
        subject=_subject(event),
        camera_id=directory.id_of(event.camera) if event.camera else "",
        state=str(detail.get("state", "unknown")),
        sighting=event.sighting,
        visit=event.visit,
        margin=_margin(detail),
        similarity=_number(detail.get("similarity")),
        liveness=str(detail.get("liveness", "off")),
        foot=_foot(detail.get("box")),
        place=places(event.camera) if event.camera else None,
        number=event.number,
    )


def _subject(event: Event) -> Subject:
    if event.person is not None:
        return Subject(SubjectKind.PERSON, event.person)
    cluster = event.cluster or event.detail.get("cluster")
    return Subject(SubjectKind.CLUSTER, str(cluster)) if cluster else NOBODY


def _time_of(event: Event, signal: Signal) -> float:
    """When it was seen: an update is dated by when the sighting began where its person changed."""
    last_s = _number(event.detail.get("last"))
    is_update = event.kind == EventType.SIGHTING_UPDATED and signal is Signal.SEEN
    return event.at_s if last_s is None or not is_update else max(event.at_s, last_s)


def _margin(detail: Mapping[str, object]) -> float | None:
    """Where nobody else is known, nobody else is near."""
    if "margin" not in detail:
        return None
    return math.inf if detail["margin"] is None else _number(detail["margin"])


def _foot(box: object) -> tuple[float, float] | None:
    """The bottom centre of a box (x1, y1, x2, y2) in shares of the picture."""
    if not isinstance(box, Sequence) or isinstance(box, str) or len(box) != 4:
        return None
    x1, x2, bottom = _number(box[0]), _number(box[2]), _number(box[3])
    if x1 is None or x2 is None or bottom is None:
        return None
    return (x1 + x2) / 2, min(bottom, 0.9999)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
