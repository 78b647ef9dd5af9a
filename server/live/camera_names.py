"""The owners of camera names: two devices that use one name are told apart, and a name that an
API key has used belongs to that key until an administrator gives it away."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

KEPT_S = 3600.0
"""So long after its last connection a device keeps its name from other devices."""
MAX_NAMES = 1024
"""Names that are remembered; of those without a key and a connection the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Device:
    """The party that sends the frames of a camera.

    key: the id of its API key (`wire.keys`); empty for a token or none. id: the device of its
    HELLO, or its address where it sends none.
    """

    id: str
    key: str = ""


@dataclass(slots=True)
class _Owner:
    device: Device
    asked: str
    seen_s: float
    connections: int = 0
    renamed: bool = False


class CameraNames:
    """The names under which the cameras of devices are known. Any thread.

    stored: what `to_store` returned before the restart. is_valid: whether a key is good now; the
    names of one that is not are free. clock: monotonic, in seconds.
    """

    def __init__(
        self,
        stored: object = None,
        is_valid: Callable[[str], bool] = lambda _: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_valid = is_valid
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = False
        self._owners: dict[str, _Owner] = {}
        self._renamed: set[tuple[str, Device]] = set()
        if isinstance(stored, dict):
            for name, owner in stored.items():
                match owner:
                    case {"device": str(device), "key": str(key), "asked": str(asked)}:
                        renamed = owner.get("renamed") is True
                        self._owners[name] = _Owner(
                            Device(device, key), asked, clock(), renamed=renamed
                        )

    def claim(self, asked: str, device: Device) -> str:
        """The name for the camera that a device calls `asked`, for one connection: the same, or
        with a number where it is another's. End it with `release`."""
        with self._lock:
            renamed = self._renamed_name(asked, device)
            if renamed is not None:
                self._owners[renamed].connections += 1
                return renamed
            for number in itertools.count(1):
                name = asked if number == 1 else f"{asked} ({number})"
                owner = self._owners.get(name)
                if owner is not None and not self._yields(owner, device):
                    continue
                if owner is None or owner.device != device:
                    self._make_room()
                    connections = 0 if owner is None else owner.connections
                    owner = _Owner(device, asked, self._clock(), connections)
                    self._owners[name] = owner
                    self._changed = True
                owner.connections += 1
                return name
        raise RuntimeError("the numbers are infinite")

    def release(self, name: str) -> None:
        """Ends one `claim`."""
        with self._lock:
            owner = self._owners.get(name)
            if owner is not None:
                owner.connections = max(0, owner.connections - 1)
                owner.seen_s = self._clock()

    def rename(self, name: str, new_name: str) -> None:
        """Gives a camera another name, which `claim` returns from now on."""
        with self._lock:
            owner = self._owners.pop(name, None)
            if owner is not None:
                owner.renamed = new_name != owner.asked
                self._owners[new_name] = owner
                self._renamed.discard((new_name, owner.device))
                self._renamed.add((name, owner.device))
                self._changed = True

    def is_renamed(self, name: str, device: Device) -> bool:
        """Whether the camera that this device has claimed as `name` is called otherwise by now."""
        with self._lock:
            return (name, device) in self._renamed

    def was_given(self, name: str) -> bool:
        """Whether an administrator gave the camera this name."""
        with self._lock:
            owner = self._owners.get(name)
            return owner is not None and owner.renamed

    def give(self, name: str, key: str | None) -> None:
        """Gives a name to the API key with this id, or frees it; connections keep the names that
        they have until they end."""
        with self._lock:
            self._owners.pop(name, None)
            if key is not None:
                self._owners[name] = _Owner(Device("", key), name, self._clock())
            self._changed = True

    def owner(self, name: str) -> tuple[Device, str] | None:
        """The device that has the name, and what it calls its camera."""
        with self._lock:
            owner = self._owners.get(name)
        return None if owner is None else (owner.device, owner.asked)

    def to_store(self) -> Mapping[str, object] | None:
        """The owners as JSON; None where nothing has changed since `stored` was called."""
        with self._lock:
            if not self._changed:
                return None
            self._changed = False
            return {
                name: {
                    "device": owner.device.id,
                    "key": owner.device.key,
                    "asked": owner.asked,
                    "renamed": owner.renamed,
                }
                for name, owner in self._owners.items()
            }

    def not_stored(self) -> None:
        """What `to_store` returned last could not be kept: it returns it again."""
        with self._lock:
            self._changed = True

    def _renamed_name(self, asked: str, device: Device) -> str | None:
        """The name that was given to what this device calls `asked`."""
        for name, owner in self._owners.items():
            same_key = device.key and device.key == owner.device.key
            if owner.renamed and owner.asked == asked and (owner.device == device or same_key):
                return name
        return None

    def _yields(self, owner: _Owner, device: Device) -> bool:
        if owner.device == device or owner.device == Device("", device.key):
            return True
        if owner.device.key and owner.device.key != device.key:
            return not self._is_valid(owner.device.key)
        gone = owner.connections == 0 and self._clock() - owner.seen_s > KEPT_S
        return gone or owner.device.id == device.id

    def _make_room(self) -> None:
        if len(self._owners) < MAX_NAMES:
            return
        free = [
            name
            for name, owner in self._owners.items()
            if not owner.connections and not owner.device.key
        ]
        if free:
            del self._owners[min(free, key=lambda name: self._owners[name].seen_s)]
