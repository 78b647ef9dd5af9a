"""Who an unknown person may be, because a named one must have come past there just then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lookout.server.movement.travel import TravelGraph, TravelTime
from lookout.server.storage.visit_records import Leg


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The unknown person of a sighting may be `person`, who was at `from_camera` before and at
    `to_camera` after it, in times that fit, and nobody else was."""

    sighting: str
    cluster: str
    camera: str
    at_s: float
    person: str
    from_camera: str
    to_camera: str


def suggest(
    unnamed: Sequence[Leg], named: Iterable[Leg], graph: TravelGraph
) -> tuple[Suggestion, ...]:
    """For each unnamed sighting the person whose walk it fits into; nothing where several people
    fit or the times between those cameras are not known. Gives no name by itself.

    named: the legs of named people, those after an unnamed sighting among them.
    """
    walks = [leg for leg in named if leg.person is not None and leg.left_s is not None]
    found = []
    for leg in unnamed:
        fitting = {walk.person: walk for walk in walks if _fits(leg, walk, graph)}
        if len(fitting) != 1 or leg.cluster is None:
            continue
        (person, walk), *_ = fitting.items()
        if person is None or walk.from_camera is None:
            continue
        found.append(
            Suggestion(
                sighting=leg.sighting,
                cluster=leg.cluster,
                camera=leg.camera,
                at_s=leg.first_s,
                person=person,
                from_camera=walk.from_camera,
                to_camera=walk.camera,
            )
        )
    return tuple(found)


def _fits(leg: Leg, walk: Leg, graph: TravelGraph) -> bool:
    """Whether the unnamed sighting lies on the way of this walk, in place and in time."""
    if walk.from_camera is None or walk.left_s is None:
        return False
    if leg.camera in (walk.from_camera, walk.camera):
        return False
    return _possible(graph.get(walk.from_camera, leg.camera), leg.first_s - walk.left_s) and (
        _possible(graph.get(leg.camera, walk.camera), walk.first_s - leg.last_s)
    )


def _possible(time: TravelTime | None, seconds: float) -> bool:
    return time is not None and time.is_known and time.soonest_s <= seconds <= time.latest_s
