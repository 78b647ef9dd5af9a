"""The world as the store knows it: what a broker is told at the start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from lookout.server.mqtt.discovery import Topics
from lookout.server.mqtt.world import KnownCamera, Present, World
from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.records import Person, SightingFilter
from lookout.server.storage.store import MAX_PAGE, Store


class CameraIndex(Protocol):
    """Every camera. `server.cameras.directory.CameraDirectory` is one. Any thread."""

    def all(self) -> Sequence[CameraRecord]: ...

    def find(self, name: str) -> str | None: ...

    def id_of(self, name: str) -> str: ...


def load_world(
    store: Store,
    directory: CameraIndex,
    online: Callable[[], Collection[str]],
    topics: Topics,
    *,
    pictures: bool,
) -> World:
    """What is so now; `online` are the names of the cameras of which frames come. Raises
    StorageError."""
    world = World(topics, pictures)
    names = set(online())
    for camera in directory.all():
        world.cameras[camera.id] = known_camera(camera, online=camera.name in names)
    for person in everybody(store):
        world.people[person.id] = person.name
        seen = store.sightings.page(1, which=SightingFilter(person=person.id)).items
        camera_id = directory.find(seen[0].camera) if seen else None
        if camera_id is not None:
            world.last[person.id] = (camera_id, seen[0].last_s)
    for event in store.events.unended(MAX_PAGE):
        camera_id = directory.find(event.camera)
        if event.sighting is not None and camera_id is not None:
            world.present[event.sighting] = Present(camera_id, event.person, event.cluster)
    return world


def known_camera(camera: CameraRecord, *, online: bool) -> KnownCamera:
    """What a broker is told of a camera."""
    place = camera.place
    if place is None:
        return KnownCamera(camera.name, online)
    return KnownCamera(camera.name, online, place.lat, place.lon)


def everybody(store: Store) -> Iterator[Person]:
    """All people."""
    cursor: str | None = None
    while True:
        page = store.people.page(MAX_PAGE, cursor)
        yield from page.items
        cursor = page.cursor
        if cursor is None:
            return
