"""Whether a person can have been at both of two places."""

from __future__ import annotations

from enum import StrEnum

from lookout.server.movement.travel import TravelGraph
from lookout.server.storage.visit_records import TOLERANCE_S, Leg


class Certainty(StrEnum):
    """How sure it is that this sighting belongs where the log has it.

    named:    the face has a name, and nothing speaks against it.
    unknown:  the face has no name; the log follows one unknown person.
    two_places: the same person was seen by another camera at the same time.
    too_fast: nobody is known to have come from the other camera in so short a time.
    """

    NAMED = "named"
    UNKNOWN = "unknown"
    TWO_PLACES = "two_places"
    TOO_FAST = "too_fast"


def certainty(leg: Leg, graph: TravelGraph) -> Certainty:
    """The certainty of a leg, by the one before it and by those at the same time, of which each is
    marked. Marks only: no name is changed by it."""
    doubt = _doubt(leg, graph)
    if doubt is not None:
        return doubt
    return Certainty.NAMED if leg.person is not None else Certainty.UNKNOWN


def _doubt(leg: Leg, graph: TravelGraph) -> Certainty | None:
    if any(not graph.overlap(other, leg.camera) for other in leg.beside):
        return Certainty.TWO_PLACES
    travel_s, before = leg.travel_s, leg.from_camera
    if travel_s is None or before is None or graph.overlap(before, leg.camera):
        return None
    time = graph.get(before, leg.camera)
    if time is not None and time.is_known and travel_s < time.soonest_s - TOLERANCE_S:
        return Certainty.TOO_FAST
    return None
