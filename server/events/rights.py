"""Who may see which event."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.events.cameras import CameraIds
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event

_SIGHTINGS = frozenset({Scope.SIGHTINGS_READ})
_JOBS = frozenset({Scope.PEOPLE_WRITE, Scope.RECOGNIZE, Scope.ADMIN})
_RIGHTS: Mapping[str, frozenset[Scope]] = {
    "sighting": _SIGHTINGS,
    "visit": _SIGHTINGS,
    "unknown": _SIGHTINGS,
    "alert": _SIGHTINGS,
    "liveness": _SIGHTINGS,
    "camera": _SIGHTINGS | {Scope.CAMERAS_READ},
    "person": frozenset({Scope.PEOPLE_READ}),
    "job": _JOBS,
    "picture": frozenset({Scope.RECOGNIZE}),
    "model": frozenset({Scope.CAMERAS_READ}),
}
"""By what an event is about: the rights of which one is enough."""
_OF_NO_CAMERA = frozenset({"person", "job", "model"})
"""Of these somebody who is limited to some cameras may know: they tell of no camera."""


def readable_types(principal: Principal) -> frozenset[EventType]:
    """The types of events of which the principal may see any."""
    return frozenset(
        kind
        for kind in EventType
        if any(principal.may(scope) for scope in _RIGHTS.get(kind.noun, frozenset()))
    )


def types_of_no_camera() -> tuple[EventType, ...]:
    """The types of which events without a camera may be seen by somebody who is limited to some."""
    return tuple(kind for kind in EventType if kind.noun in _OF_NO_CAMERA)


def may_see(principal: Principal, event: Event, directory: CameraIds) -> bool:
    """Whether the principal may know of this event; a type that is unknown here is for nobody."""
    return may_see_at(principal, event, directory.id_of(event.camera) if event.camera else None)


def may_see_at(principal: Principal, event: Event, camera: str | None) -> bool:
    """As `may_see`, where the id of the event's camera is known already; None: it has none."""
    noun = event.kind.partition(".")[0]
    if not any(principal.may(scope) for scope in _RIGHTS.get(noun, frozenset())):
        return False
    if noun == "job" and not _may_see_job(principal, event):
        return False
    if principal.cameras is None:
        return True
    return noun in _OF_NO_CAMERA if camera is None else camera in principal.cameras


def _may_see_job(principal: Principal, event: Event) -> bool:
    """A job is for those who may do what it does."""
    job = event.detail.get("job")
    right = job.get("right") if isinstance(job, Mapping) else None
    return any(scope.value == right and principal.may(scope) for scope in Scope)
