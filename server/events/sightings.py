"""The events of what people say of sightings: who it is, or is not."""

from __future__ import annotations

from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, Sighting, new_id

ACTION = "action"
"""In the detail: what was done, as one word."""


def sighting_corrected(sighting: Sighting, action: str, at_s: float) -> Event:
    """Somebody has said who it is, or is not, or has deleted it; `sighting` is as it is then, and
    the event of a deleted one names nobody."""
    gone = action == "deleted"
    return Event(
        new_id(),
        EventType.SIGHTING_CORRECTED,
        at_s,
        camera=sighting.camera,
        person=None if gone else sighting.person,
        sighting=sighting.id,
        detail={ACTION: action, "state": sighting.state},
        cluster=None if gone else sighting.cluster,
    )


def unknown_named(cluster: str, person: str, count: int, at_s: float) -> Event:
    """An unknown person has a name now, and `count` sightings have it with them."""
    return Event(
        new_id(),
        EventType.UNKNOWN_NAMED,
        at_s,
        person=person,
        detail={"sightings": count},
        cluster=cluster,
    )


def unknown_merged(gone: str, stays: str, count: int, at_s: float) -> Event:
    """Two unknown people are one: `count` sightings of `gone` are of `stays` now."""
    return _of_cluster(EventType.UNKNOWN_MERGED, stays, {"merged": gone, "sightings": count}, at_s)


def unknown_split(cluster: str, count: int, at_s: float) -> Event:
    """`count` sightings are of this unknown person, and not of the one so far."""
    return _of_cluster(EventType.UNKNOWN_SPLIT, cluster, {"sightings": count}, at_s)


def _of_cluster(kind: EventType, cluster: str, detail: dict[str, object], at_s: float) -> Event:
    return Event(new_id(), kind, at_s, detail=detail, cluster=cluster)
