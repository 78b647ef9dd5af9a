"""What Home Assistant may switch: the profile of the site, and silence before a camera."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lookout.server.errors import ServerError
from lookout.server.mqtt.discovery import Topics

PROFILES = ("home", "away")
ON, OFF = "ON", "OFF"


class BadCommand(ServerError):
    """A message of a command topic says nothing that can be done."""


@dataclass(frozen=True, slots=True)
class ControlState:
    """How it stands. silenced: until when nothing of a camera is told, Unix time, by its id."""

    profile: str = PROFILES[0]
    silenced: Mapping[str, float] = field(default_factory=dict)

    def changes_at(self, now_s: float) -> bool:
        """Whether a silence has ended by `now_s`."""
        return any(until_s <= now_s for until_s in self.silenced.values())


class Controls(Protocol):
    """What is written down for alerts (`server.alerts.remote_controls`). Any thread. Every method
    raises StorageError."""

    def version(self) -> int:
        """Another number where anything may have changed."""

    def profile(self) -> str: ...

    def silenced(self, cameras: Mapping[str, str], now_s: float) -> Mapping[str, float]:
        """Until when nothing of a camera is told, by its id; `cameras`: the ids by name."""

    def set_profile(self, profile: str) -> None: ...

    def silence(self, camera: str, now_s: float) -> None:
        """Nothing of this camera, by id, is told for an hour."""

    def unsilence(self, camera: str, name: str) -> None: ...


class Switchboard:
    """Obeys the messages of the command topics. For one thread."""

    def __init__(
        self, topics: Topics, controls: Controls, clock: Callable[[], float] = time.time
    ) -> None:
        self._topics = topics
        self._controls = controls
        self._clock = clock
        self._version: int | None = None

    @property
    def subscriptions(self) -> list[str]:
        """The topics of all commands."""
        topics = self._topics
        return [
            topics.server("profile/set"),
            topics.server("silence/set"),
            topics.camera("+", "silence/set"),
        ]

    def read(self, names: Mapping[str, str]) -> ControlState:
        """How it stands; `names` of cameras, by id. Raises StorageError."""
        self._version = self._controls.version()
        ids = {name: camera for camera, name in names.items()}
        silenced = self._controls.silenced(ids, self._clock())
        return ControlState(self._controls.profile(), silenced)

    def is_stale(self, state: ControlState) -> bool:
        """Whether it may stand otherwise now. Raises StorageError."""
        return self._version != self._controls.version() or state.changes_at(self._clock())

    def obey(self, topic: str, text: str, names: Mapping[str, str]) -> None:
        """Does what a message says. Raises BadCommand and StorageError."""
        topics, controls = self._topics, self._controls
        if topic == topics.server("profile/set"):
            if text not in PROFILES:
                raise BadCommand(f"there is no profile {text!r:.40}; there are: home, away")
            controls.set_profile(text)
        elif topic == topics.server("silence/set"):
            for camera in names:
                controls.silence(camera, self._clock())
        else:
            camera = topic.removesuffix("/silence/set").rpartition("/")[2]
            if camera not in names or text not in (ON, OFF):
                raise BadCommand(f"{topic:.100} says {text!r:.40}: ON or OFF, for a camera of ours")
            controls.unsilence(camera, names[camera])
            if text == ON:
                controls.silence(camera, self._clock())
