"""The discovery of Home Assistant: one message for each device, with everything that it has.

Home Assistant 2024.11 to 2026.11. Ids are Lookout's own and stay, names follow: a device that is
renamed is the same device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CAMERA_EVENTS = ("person_seen", "unknown_seen", "left", "alert")
PERSON_EVENTS = ("seen", "left")
UNKNOWN_EVENTS = ("unknown_seen",)
ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True)
class Topics:
    """Where everything is. `instance` tells this installation from others at the same broker."""

    prefix: str
    discovery: str
    instance: str

    @property
    def status(self) -> str:
        """`online`, or `offline` by the last will."""
        return f"{self.prefix}/status"

    @property
    def events(self) -> str:
        """Every event, as its envelope."""
        return f"{self.prefix}/events"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery}/status"

    def server(self, what: str) -> str:
        return f"{self.prefix}/server/{what}"

    def camera(self, camera: str, what: str) -> str:
        return f"{self.prefix}/cameras/{camera}/{what}"

    def person(self, person: str, what: str) -> str:
        return f"{self.prefix}/people/{person}/{what}"

    def config(self, device: str) -> str:
        """Where a device is made known."""
        return f"{self.discovery}/device/{device}/config"

    @property
    def server_device(self) -> str:
        return f"lookout_{self.instance}"

    def camera_device(self, camera: str) -> str:
        return f"lookout_{camera}"

    def person_device(self, person: str) -> str:
        return f"lookout_person_{person}"


def camera_config(
    topics: Topics, camera: str, name: str, *, pictures: bool, commands: bool = False
) -> dict[str, Any]:
    """The device of one camera. commands: whether Home Assistant may switch something."""
    device = topics.camera_device(camera)

    def at(what: str) -> str:
        return topics.camera(camera, what)

    components: dict[str, Any] = {
        "event": {
            "platform": "event",
            "name": "Event",
            "icon": "mdi:account-eye",
            "event_types": list(CAMERA_EVENTS),
            "state_topic": at("event"),
        },
        "face": {
            "platform": "binary_sensor",
            "name": "Face",
            "device_class": "occupancy",
            "state_topic": at("face"),
        },
        "who": {
            "platform": "sensor",
            "name": "Who",
            "icon": "mdi:account-question",
            "state_topic": at("who"),
            "json_attributes_topic": at("attributes"),
        },
    }
    if pictures:
        components["image"] = {
            "platform": "image",
            "name": "Face picture",
            "content_type": "image/jpeg",
            "image_topic": at("image"),
        }
    if commands:
        components["silence"] = {
            "platform": "switch",
            "name": "Silence",
            "icon": "mdi:bell-off",
            "state_topic": at("silence"),
            "command_topic": at("silence/set"),
            # also of a camera that is off
            "availability": [{"topic": topics.status}],
        }
    available = [{"topic": topics.status}, {"topic": at("available")}]
    return _config(topics, device, name, "Camera", components, available)


def person_config(topics: Topics, person: str, name: str) -> dict[str, Any]:
    """The device of one person."""
    device = topics.person_device(person)

    def at(what: str) -> str:
        return topics.person(person, what)

    components: dict[str, dict[str, Any]] = {
        "tracker": {
            "platform": "device_tracker",
            "name": None,  # the device's own name
            "state_topic": at("tracker"),
            "json_attributes_topic": at("attributes"),
        },
        "camera": {
            "platform": "sensor",
            "name": "Last camera",
            "icon": "mdi:cctv",
            "state_topic": at("camera"),
        },
        "seen": {
            "platform": "sensor",
            "name": "Last seen",
            "device_class": "timestamp",
            "state_topic": at("seen"),
        },
        "event": {
            "platform": "event",
            "name": "Event",
            "event_types": list(PERSON_EVENTS),
            "state_topic": at("event"),
        },
    }
    return _config(topics, device, name, "Person", components, [{"topic": topics.status}])


def server_config(topics: Topics, name: str, *, commands: bool = False) -> dict[str, Any]:
    """The device of the server, with the unknown people. commands: as for cameras."""
    device = topics.server_device
    components: dict[str, dict[str, Any]] = {
        "status": {
            "platform": "binary_sensor",
            "name": "Status",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "payload_on": ONLINE,
            "payload_off": OFFLINE,
            "state_topic": topics.status,
        },
        "unknown": {
            "platform": "sensor",
            "name": "Unknown people in view",
            "icon": "mdi:account-question",
            "state_topic": topics.server("unknown"),
            "availability": [{"topic": topics.status}],
        },
        "cameras": {
            "platform": "sensor",
            "name": "Cameras online",
            "icon": "mdi:cctv",
            "entity_category": "diagnostic",
            "state_topic": topics.server("cameras"),
            "availability": [{"topic": topics.status}],
        },
        "event": {
            "platform": "event",
            "name": "Unknown person",
            "event_types": list(UNKNOWN_EVENTS),
            "state_topic": topics.server("event"),
            "availability": [{"topic": topics.status}],
        },
    }
    if commands:
        available = [{"topic": topics.status}]
        components["profile"] = {
            "platform": "select",
            "name": "Profile",
            "icon": "mdi:home-switch",
            "options": ["home", "away"],
            "state_topic": topics.server("profile"),
            "command_topic": topics.server("profile/set"),
            "availability": available,
        }
        components["silence"] = {
            "platform": "button",
            "name": "Silence for an hour",
            "icon": "mdi:bell-off",
            "command_topic": topics.server("silence/set"),
            "availability": available,
        }
    return _config(topics, device, name, "Server", components, [])


def _config(
    topics: Topics,
    device: str,
    name: str,
    model: str,
    components: Mapping[str, Mapping[str, Any]],
    availability: list[dict[str, str]],
) -> dict[str, Any]:
    described = {
        "identifiers": [device],
        "name": name,
        "manufacturer": "Lookout",
        "model": model,
    }
    if device != topics.server_device:
        described["via_device"] = topics.server_device
    written: dict[str, Any] = {
        "device": described,
        "origin": {"name": "Lookout"},
        "components": {
            key: {**component, "unique_id": f"{device}_{key}"}
            for key, component in components.items()
        },
    }
    if availability:
        written |= {"availability": availability, "availability_mode": "all"}
    return written
