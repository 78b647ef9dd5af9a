"""The changes that events make to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lookout.server.events.people import FORGOTTEN, MERGED
from lookout.server.events.sightings import ACTION
from lookout.server.events.types import EventType
from lookout.server.mqtt.world import SERVER, Key, KnownCamera, Names, Present, World
from lookout.server.storage.records import Event

Cameras = Callable[[str], KnownCamera | None]
"""The camera with this id, as the directory has it; None where there is none."""


def change(
    world: World, event: Event, camera: str | None, names: Names, cameras: Cameras
) -> set[Key]:
    """Brings the world up to date and returns what has changed. `camera`: the id of the event's."""
    noun, _, verb = event.kind.partition(".")
    touched: set[Key] = set()
    if camera is not None:
        touched |= _camera(world, camera, event.kind, cameras)
    if noun == "sighting" and event.sighting is not None and camera is not None:
        touched |= _sighting(world, event, camera, verb)
    elif event.kind == EventType.UNKNOWN_NAMED:
        for sighting, one in list(world.present.items()):
            if one.cluster == event.cluster and one.person is None:
                world.present[sighting] = replace(one, person=event.person)
                touched |= world.touched_by(world.present[sighting])
    elif noun == "person":
        touched |= _person(world, event)
    if event.person is not None:
        touched |= _name(world, event.person, names)
    return touched


def _camera(world: World, camera: str, kind: str, cameras: Cameras) -> set[Key]:
    before, now = world.cameras.get(camera), cameras(camera)
    if now is None:
        world.cameras.pop(camera, None)
        world.present = {k: one for k, one in world.present.items() if one.camera != camera}
        return {("camera", camera), SERVER}
    online = before is not None and before.online
    if kind == EventType.CAMERA_LOST:
        online = False
    elif kind in (EventType.CAMERA_ONLINE, EventType.SIGHTING_BEGAN, EventType.SIGHTING_UPDATED):
        online = True
    now = replace(now, online=online)
    world.cameras[camera] = now
    return set() if now == before else {("camera", camera), SERVER, *_people_of(world, camera)}


def _people_of(world: World, camera: str) -> set[Key]:
    """Those whose last camera it is: its name is told with them."""
    return {("person", person) for person, (last, _) in world.last.items() if last == camera}


def _sighting(world: World, event: Event, camera: str, verb: str) -> set[Key]:
    sighting = event.sighting or ""
    before = world.present.pop(sighting, None)
    now = Present(camera, event.person, event.cluster)
    gone = verb == "ended" or event.detail.get(ACTION) == "deleted"
    # a correction of what is over brings nobody back
    if not gone and (verb != "corrected" or before is not None):
        world.present[sighting] = now
    if event.person is not None and verb != "corrected":
        world.last[event.person] = (camera, event.at_s)
    touched = world.touched_by(now)
    return touched if before is None else touched | world.touched_by(before)


def _person(world: World, event: Event) -> set[Key]:
    gone = event.detail.get(FORGOTTEN) or event.detail.get(MERGED)
    if not isinstance(gone, str):
        return set()
    touched: set[Key] = {("person", gone)}
    world.people.pop(gone, None)
    last = world.last.pop(gone, None)
    into = event.person
    if into is not None and last is not None:
        world.last[into] = max(last, world.last.get(into, last), key=lambda pair: pair[1])
    for sighting, one in list(world.present.items()):
        if one.person == gone:
            touched |= world.touched_by(one)
            if into is None:
                del world.present[sighting]
            else:
                world.present[sighting] = replace(one, person=into)
    return touched


def _name(world: World, person: str, names: Names) -> set[Key]:
    before, now = world.people.get(person), names(person)
    if now is None:
        world.people.pop(person, None)
    else:
        world.people[person] = now
    if now == before:
        return {("person", person)}
    here = {one.camera for one in world.present.values() if one.person == person}
    return {("person", person), *(("camera", camera) for camera in here)}
