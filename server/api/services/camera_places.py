"""Where cameras are, in the form in which rules ask about it."""

from __future__ import annotations

from lookout.server.alerts.rules.observation import AlertPlace
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.storage.errors import NotFound


def place_of(directory: CameraDirectory, camera: str) -> AlertPlace | None:
    """The place of the camera of this name; None where that is not known. Touches no store."""
    try:
        found = directory.get(directory.find(camera) or "")
    except NotFound:
        return None
    at = found.place
    if at is None:
        return None
    return AlertPlace(at.lat, at.lon, at.plan, at.x, at.y, range_m=at.range_m or 0.0)
