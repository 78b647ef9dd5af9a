"""`lookout cameras place`: where a camera hangs and where it looks."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.errors import PulledCameraError
from lookout.server.cameras.plans import checked_place
from lookout.server.commands.plans import plan_called
from lookout.server.storage.camera_records import CameraPlace, CameraRecord
from lookout.server.storage.opening import open_store
from lookout.server.storage.store import Store

_LOOKS = (("heading", "heading_deg"), ("fov", "fov_deg"), ("range", "range_m"))
_HELP = {
    "lat": "degrees north, WGS 84",
    "lon": "degrees east",
    "plan": "name or id of a floor plan",
    "x": "0 to 1 of the plan's width, from the left",
    "y": "0 to 1 of its height, from the top",
    "heading": "degrees clockwise from north, or from the top of the plan",
    "fov": "degrees that the picture shows from side to side",
    "range": "metres up to which faces are seen",
}


def add_place_options(sub: argparse.ArgumentParser) -> None:
    """The options of the command."""
    for name, words in _HELP.items():
        kind = str if name == "plan" else float
        sub.add_argument(f"--{name}", type=kind, metavar=name.upper(), help=words)
    sub.add_argument("--nowhere", action="store_true", help="take its place away")


def place_camera(options: argparse.Namespace) -> list[str]:
    """Does what was asked, or says where the camera is. Raises ServerError."""
    with open_store(options.data, os.environ) as store:
        directory = CameraDirectory(store.cameras)
        camera = camera_called(directory, options.camera)
        if options.nowhere:
            camera = directory.update(replace(camera, place=None))
        elif any(getattr(options, name) is not None for name in _HELP):
            place = checked_place(_placed(camera, options, store), store)
            camera = directory.update(replace(camera, place=place))
        return [f"{camera.name} is {_words(camera.place, store)}"]


def camera_called(directory: CameraDirectory, name: str) -> CameraRecord:
    """The camera with this name or id. Raises PulledCameraError."""
    for camera in directory.all():
        if name in (camera.name, camera.id):
            return camera
    raise PulledCameraError(f"there is no camera {name!r}: `lookout cameras list`")


def _placed(camera: CameraRecord, options: argparse.Namespace, store: Store) -> CameraPlace:
    """The place, with what was given in it; the rest stays."""
    given = {name: getattr(options, name) for name in ("lat", "lon", "x", "y")}
    given |= {field: getattr(options, name) for name, field in _LOOKS}
    given["plan"] = None if options.plan is None else plan_called(store, options.plan).id
    changes = {field: value for field, value in given.items() if value is not None}
    return replace(camera.place or CameraPlace(), **changes)


def _words(place: CameraPlace | None, store: Store) -> str:
    if place is None:
        return "nowhere yet"
    words = []
    if place.lat is not None and place.lon is not None:
        words.append(f"at {place.lat:g}, {place.lon:g}")
    if place.plan is not None:
        words.append(f"on {store.plans.get(place.plan).name} at {place.x:g}, {place.y:g}")
    if place.heading_deg is not None:
        words.append(f"looking to {place.heading_deg:g}°")
    if place.fov_deg is not None:
        words.append(f"{place.fov_deg:g}° wide")
    if place.range_m is not None:
        words.append(f"{place.range_m:g} m far")
    return ", ".join(words)
