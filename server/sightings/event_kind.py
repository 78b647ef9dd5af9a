"""The kinds of events that are kept."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """person_seen, unknown_seen: a sighting began, or turned out to show somebody else.

    liveness.suspected: a face looked like a picture held before the camera, once a sighting.

    camera_online, camera_lost: frames came again, or have not come for a while.
    """

    PERSON_SEEN = "person_seen"
    UNKNOWN_SEEN = "unknown_seen"
    LIVENESS_SUSPECTED = "liveness.suspected"
    CAMERA_ONLINE = "camera_online"
    CAMERA_LOST = "camera_lost"
