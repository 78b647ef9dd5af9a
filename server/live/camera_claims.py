"""What a camera's session asks of the store that several servers share: may it be served here?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lookout.server.live.camera_names import Device

Lost = Callable[[str], object]
"""Told, in words for people, that the camera is another server's. From any thread: must neither
block nor raise."""
HERE = Device("")
"""The device of a camera that a server fetches itself."""


class CameraClaim(Protocol):
    """The wish to serve one camera here, from `claim` to `release`. Any thread."""

    @property
    def held(self) -> bool:
        """Whether the camera is this server's."""

    def release(self) -> None:
        """Ends it; returns at once. May be called again."""


class CameraClaims(Protocol):
    """The cameras of this server among several. Any thread."""

    def claim(self, camera: str, device: Device, lost: Lost) -> CameraClaim:
        """Claims the camera that a device sends; returns at once and touches no store."""


class _Held:
    """The claim of a server that shares its store with nobody."""

    held = True

    def release(self) -> None:
        """There is nobody to be told."""


class Unshared:
    """The claims of a server whose store is its own: every camera is."""

    def claim(self, camera: str, device: Device, lost: Lost) -> CameraClaim:  # noqa: ARG002
        return _Held()
