"""What is so now, as retained messages: who is before which camera, who was seen where last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lookout.server.mqtt.controls import OFF, ON, ControlState
from lookout.server.mqtt.discovery import (
    OFFLINE,
    ONLINE,
    Topics,
    camera_config,
    person_config,
    server_config,
)
from lookout.server.mqtt.message import as_json, as_level, as_state

NOT_HOME, NOBODY, NONE = "not_home", "nobody", "None"
"""The states of somebody who is before no camera, of a camera before which nobody is, and of what
is not known, as Home Assistant says them."""
CAMERA_STATES = ("available", "face", "who", "attributes", "silence")
PERSON_STATES = ("tracker", "attributes", "camera", "seen")
SERVER_STATES = ("unknown", "cameras", "profile")
Key = tuple[str, str]
"""What has retained topics: ("camera" | "person" | "server", its id)."""
SERVER: Key = ("server", "")


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """lat, lon: where it hangs, where that is known."""

    name: str
    online: bool = False
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is before a camera: a person, or an unknown one."""

    camera: str
    person: str | None
    cluster: str | None = None


@dataclass(slots=True)
class World:
    """What is so now. For one thread.

    cameras: by id. people: names by id. present: who is there, by sighting. last: the camera and
    the time of everybody's last sighting, by person. controls: what Home Assistant may switch;
    None where it may not. double_take: whether its retained topics are written, too.
    """

    topics: Topics
    pictures: bool = False
    cameras: dict[str, KnownCamera] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    present: dict[str, Present] = field(default_factory=dict)
    last: dict[str, tuple[str, float]] = field(default_factory=dict)
    controls: ControlState | None = None
    double_take: bool = False

    @property
    def camera_names(self) -> dict[str, str]:
        """By id."""
        return {camera: known.name for camera, known in self.cameras.items()}

    def controlled(self) -> list[Key]:
        """What shows how the controls stand."""
        cameras: Iterable[Key] = (("camera", camera) for camera in self.cameras)
        return [SERVER, *cameras]

    def keys(self) -> list[Key]:
        """Everything that has topics."""
        cameras: Iterable[Key] = (("camera", camera) for camera in self.cameras)
        return [SERVER, *cameras, *(("person", person) for person in self.people)]

    def topics_of(self, key: Key) -> list[str]:
        """Every topic that may be retained of something, whether it is there or not."""
        kind, one = key
        topics = self.topics
        if kind == "camera":
            device = topics.camera_device(one)
            states = [topics.camera(one, what) for what in CAMERA_STATES]
        elif kind == "person":
            device = topics.person_device(one)
            states = [topics.person(one, what) for what in PERSON_STATES]
        else:
            device = topics.server_device
            states = [topics.server(what) for what in SERVER_STATES]
        return [*([topics.config(device)] if topics.discovery else []), *states]

    def retained(self, key: Key) -> dict[str, bytes]:
        """The retained messages of something; none where it is there no more."""
        kind, one = key
        if kind == "camera":
            return self._camera(one) if one in self.cameras else {}
        if kind == "person":
            return self._person(one) if one in self.people else {}
        return self._server()

    def touched_by(self, sighting: Present) -> set[Key]:
        """What changes when somebody comes or goes."""
        touched: set[Key] = {SERVER, ("camera", sighting.camera)}
        return touched if sighting.person is None else touched | {("person", sighting.person)}

    def _camera(self, camera: str) -> dict[str, bytes]:
        known, at = self.cameras[camera], self.topics.camera
        here = [one for one in self.present.values() if one.camera == camera]
        people = sorted({one.person for one in here if one.person is not None})
        named = [{"id": person, "name": self.people.get(person)} for person in people]
        unknown = len({one.cluster for one in here if one.person is None})
        names = sorted(str(one["name"]) for one in named if one["name"])
        who = ", ".join([*names, *(["unknown"] if unknown else [])]) or NOBODY
        controls = self.controls
        config = camera_config(
            self.topics,
            camera,
            known.name,
            pictures=self.pictures,
            commands=controls is not None,
        )
        silence: dict[str, bytes] = {}
        if controls is not None:
            silence[at(camera, "silence")] = (ON if camera in controls.silenced else OFF).encode()
        counts: dict[str, bytes] = {}
        if self.double_take:
            topic = f"double-take/cameras/{as_level(known.name)}/person"
            counts[topic] = str(len(people) + unknown).encode()
        return {
            **self._config(self.topics.camera_device(camera), config),
            at(camera, "available"): (ONLINE if known.online else OFFLINE).encode(),
            at(camera, "face"): b"ON" if here else b"OFF",
            at(camera, "who"): as_state(who),
            at(camera, "attributes"): as_json({"people": named, "unknown": unknown}),
            **silence,
            **counts,
        }

    def _person(self, person: str) -> dict[str, bytes]:
        at = self.topics.person
        here = sorted(one.camera for one in self.present.values() if one.person == person)
        camera, seen_s = self.last.get(person, ("", 0.0))
        camera = here[0] if here else camera
        known = self.cameras.get(camera)
        seen = datetime.fromtimestamp(seen_s, UTC).isoformat() if seen_s else NONE
        name = known.name if known is not None else NONE
        attributes: dict[str, Any] = {"person": person, "camera": camera or None}
        if here and known is not None and known.lat is not None and known.lon is not None:
            attributes |= {"latitude": known.lat, "longitude": known.lon, "gps_accuracy": 30}
        config = person_config(self.topics, person, self.people[person])
        return {
            **self._config(self.topics.person_device(person), config),
            at(person, "tracker"): as_state(name if here else NOT_HOME),
            at(person, "attributes"): as_json(attributes),
            at(person, "camera"): as_state(name),
            at(person, "seen"): seen.encode(),
        }

    def _server(self) -> dict[str, bytes]:
        unknown = {one.cluster for one in self.present.values() if one.person is None}
        online = sum(camera.online for camera in self.cameras.values())
        controls = self.controls
        config = server_config(self.topics, "Lookout", commands=controls is not None)
        profile: dict[str, bytes] = {}
        if controls is not None:
            profile[self.topics.server("profile")] = controls.profile.encode()
        return {
            **self._config(self.topics.server_device, config),
            self.topics.server("unknown"): str(len(unknown)).encode(),
            self.topics.server("cameras"): str(online).encode(),
            **profile,
        }

    def _config(self, device: str, config: Mapping[str, Any]) -> dict[str, bytes]:
        return {self.topics.config(device): as_json(config)} if self.topics.discovery else {}


Names = Callable[[str], str | None]
"""The name of the person with this id; None where there is none."""
