"""Cameras as they are kept. Times are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lookout.server.storage.records import new_id

Point = tuple[float, float]
"""A place in a picture: x and y, 0 to 1, from the top left."""


def new_camera_id() -> str:
    """A fresh random id."""
    return f"cam_{new_id()}"


class CameraKind(StrEnum):
    """The way in which the pictures of a camera come.

    edge:     an edge sends them.
    rtsp, mjpeg, snapshot: the server fetches a stream, a stream of JPEGs, one JPEG after another.
    usb:      a device of the server, by its number.
    file:     a video on the server's disk, from its start again and again.
    onvif:    as rtsp, at an address that the camera tells.
    """

    EDGE = "edge"
    RTSP = "rtsp"
    MJPEG = "mjpeg"
    SNAPSHOT = "snapshot"
    USB = "usb"
    FILE = "file"
    ONVIF = "onvif"


class Origin(StrEnum):
    """Where a camera was entered: at its edge, over HTTP or the command line, in cameras.toml."""

    EDGE = "edge"
    API = "api"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """Where a camera hangs and where it looks.

    lat, lon: degrees, WGS 84. plan: the id of a floor plan; x, y: 0 to 1 on it, from the top left.
    heading_deg: clockwise from north, or from the top of the plan.
    """

    lat: float | None = None
    lon: float | None = None
    plan: str | None = None
    x: float | None = None
    y: float | None = None
    heading_deg: float | None = None
    fov_deg: float | None = None
    range_m: float | None = None


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """One camera.

    name:          unique; sightings and events carry it. Renaming changes them, never the id.
    former_names:  names under which frames may still be under way.
    address:       URL without login, device number, or path; empty for an edge.
    sub_address:   the smaller stream of the same camera; searched instead where there is one.
    rotate:        degrees clockwise (0, 90, 180, 270), then `flip` left to right.
    privacy_masks: polygons that are blackened before anything else sees the picture.
    liveness:      off, mark, require or challenge; None as the server is set.
    """

    id: str
    name: str
    kind: CameraKind
    created_at: float
    origin: Origin = Origin.API
    enabled: bool = True
    former_names: tuple[str, ...] = ()
    address: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    sub_address: str = ""
    rotate: int = 0
    flip: bool = False
    privacy_masks: tuple[tuple[Point, ...], ...] = ()
    place: CameraPlace | None = None
    liveness: str | None = None
