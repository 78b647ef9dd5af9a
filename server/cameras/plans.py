"""Floor plans, and the places of cameras on them and on the map."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from lookout.faces.photo.picture import read_picture
from lookout.names import BadName, camera_name
from lookout.server.cameras.errors import BadCamera
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.storage.camera_records import CameraPlace, CameraRecord
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.plan_records import Plan, new_plan_id
from lookout.server.storage.store import Store

MOST_PLANS = 64
"""Each is a few hundred kilobytes in the database."""
WIDEST_M = 100_000.0
_RANGES = {
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
    "x": (0.0, 1.0),
    "y": (0.0, 1.0),
    "heading_deg": (0.0, 360.0),
    "fov_deg": (0.0, 360.0),
    "range_m": (0.0, 10_000.0),
}
QUALITY = 90
"""Of the JPEG that is kept: plans are lines and small print."""


def enter_plan(store: Store, name: str, content: bytes, width_m: float | None = None) -> Plan:
    """Keeps a picture, in any format that is read, as a plan: upright, scaled down to what is read,
    and encoded anew. Raises BadCamera, BadImage, Conflict, StorageError."""
    name = _checked_name(name)
    _require_width(width_m)
    image_bgr = read_picture(content).image_bgr
    height, width = image_bgr.shape[:2]
    plan = Plan(new_plan_id(), name, (width, height), time.time(), width_m)
    jpeg = encode_jpeg(image_bgr, QUALITY)
    with store.transaction():
        plans = store.plans.all()
        if len(plans) >= MOST_PLANS:
            raise BadCamera(f"{MOST_PLANS} plans are kept already, and no more: remove one")
        _require_free(name, plans)
        store.plans.add(plan, jpeg)
    return plan


def change_plan(store: Store, plan: Plan) -> Plan:
    """Gives a plan the name and the width that this record has. Raises BadCamera, Conflict,
    NotFound, StorageError."""
    plan = replace(plan, name=_checked_name(plan.name))
    _require_width(plan.width_m)
    with store.transaction():
        _require_free(plan.name, tuple(one for one in store.plans.all() if one.id != plan.id))
        store.plans.update(plan)
    return plan


def remove_plan(
    store: Store,
    plan: str,
    cameras: Iterable[CameraRecord],
    update: Callable[[CameraRecord], object],
) -> None:
    """Removes a plan; those of the cameras that stand on it keep their place on the map, which
    `update` is told. Raises NotFound, StorageError."""
    store.plans.get(plan)
    for camera in cameras:
        if camera.place is not None and camera.place.plan == plan:
            update(replace(camera, place=_off_plan(camera.place)))
    store.plans.delete(plan)


def checked_place(place: CameraPlace | None, store: Store) -> CameraPlace | None:
    """The place, if a camera can be there. Raises BadCamera, StorageError."""
    if place is None:
        return None
    on_map = [value is not None for value in (place.lat, place.lon)]
    on_plan = [value is not None for value in (place.plan, place.x, place.y)]
    if any(on_map) != all(on_map) or any(on_plan) != all(on_plan) or not any(on_map + on_plan):
        raise BadCamera(
            "a place is lat and lon on the map, or plan, x and y on a floor plan, or all of them"
        )
    for name, (least, most) in _RANGES.items():
        value = getattr(place, name)
        if value is not None and not least <= value <= most:
            raise BadCamera(f"{name} is {least:g} to {most:,g}, not {value:g}")
    if place.plan is not None:
        try:
            store.plans.get(place.plan)
        except NotFound as error:
            raise BadCamera(f"{error}: enter it first, by /api/v1/plans") from error
    return place


def _off_plan(place: CameraPlace) -> CameraPlace | None:
    if place.lat is None:
        return None
    return replace(place, plan=None, x=None, y=None)


def _require_width(width_m: float | None) -> None:
    if width_m is not None and not 0 < width_m <= WIDEST_M:
        raise BadCamera(f"the width of a plan is more than 0 and at most {WIDEST_M:,.0f} metres")


def _require_free(name: str, plans: tuple[Plan, ...]) -> None:
    if any(plan.name == name for plan in plans):
        raise Conflict(f"there is a plan called {name!r:.120} already: choose another name")


def _checked_name(name: str) -> str:
    try:
        return camera_name(name)
    except BadName as error:
        raise BadCamera(str(error).replace("camera", "plan")) from error
