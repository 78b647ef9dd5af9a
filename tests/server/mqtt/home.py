"""A house with a bridge to a broker."""

from __future__ import annotations

import time
from typing import Any

from lookout.server.alerts.remote_controls import RemoteControls
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.events.people import person_forgotten, person_renamed
from lookout.server.mqtt.bridge import Bridge, MqttParts
from lookout.server.mqtt.options import MqttOptions
from lookout.server.storage.records import Event, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


class Home:
    """Cameras `door` and `yard`, both online; people come and go as the test says."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.directory = CameraDirectory(store.cameras)
        self.door, self.yard = map(self.directory.id_of, ("door", "yard"))

    def bridge(self, options: MqttOptions) -> Bridge:
        parts = MqttParts(
            self.store,
            EventFeed(self.store),
            EnvelopeMaker(self.store, self.directory),
            self.directory,
            lambda: {"door", "yard"},
            RemoteControls(self.store),
        )
        bridge = Bridge(options, parts, first_wait_s=0.1)
        bridge.start()
        return bridge

    def enrol(self, name: str) -> str:
        person = Person(new_id(), name, 1.0)
        self.store.people.add(person)
        self.happens("person.enrolled", person=person.id)
        return person.id

    def rename(self, person: str, name: str) -> None:
        with self.store.transaction():
            self.store.people.update(Person(person, name, 1.0))
            self.store.events.add(person_renamed(person, 1.0))

    def forget(self, person: str) -> None:
        with self.store.transaction():
            self.store.people.delete(person)
            self.store.events.add(person_forgotten(person, 1.0))

    def comes(self, camera: str, person: str | None, cluster: str | None = None) -> str:
        """The sighting that begins."""
        state = "known" if person else "unknown"
        sighting = Sighting(new_id(), camera, 1000.0, 1001.0, state, person, cluster)
        self.store.sightings.add(sighting, JPEG)
        self.happens(
            "sighting.began",
            camera,
            person=person,
            cluster=cluster,
            sighting=sighting.id,
            detail={"state": state, "similarity": 0.98} if person else {"state": state},
            old_kind="person_seen" if person else "unknown_seen",
            at_s=1000.0,
        )
        return sighting.id

    def goes(self, sighting: str) -> None:
        found = self.store.sightings.get(sighting)
        self.happens(
            "sighting.ended",
            found.camera,
            person=found.person,
            cluster=found.cluster,
            sighting=sighting,
            at_s=found.last_s,
        )

    def happens(self, kind: str, camera: str = "", at_s: float | None = None, **more: Any) -> int:
        at_s = time.time() if at_s is None else at_s
        return self.store.events.add(Event(new_id(), kind, at_s, camera, **more)).number
