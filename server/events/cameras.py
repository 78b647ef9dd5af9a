"""The cameras as the rest of the world knows them: by ids that stay when a name changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from lookout.server.accounts.scopes import Principal
from lookout.server.storage.camera_records import CameraPlace


class CameraIds(Protocol):
    """Names and ids of every camera, edges' cameras included. Any thread.

    `server.cameras.directory.CameraDirectory` is the one of the store.
    """

    def id_of(self, name: str) -> str:
        """The id of the camera that has this name; it gets one where it has none."""

    def name_of(self, camera: str) -> str | None:
        """The name of the camera with this id; None where there is none."""

    def place_of(self, name: str) -> CameraPlace | None:
        """Where the camera with this name hangs; None where that is not known."""


class NamesAsIds:
    """A directory where cameras have no ids of their own."""

    def id_of(self, name: str) -> str:
        return name

    def name_of(self, camera: str) -> str | None:
        return camera

    def place_of(self, name: str) -> CameraPlace | None:  # noqa: ARG002 - nobody has said
        return None


def visible_names(principal: Principal, directory: CameraIds) -> tuple[str, ...] | None:
    """The names of the cameras of which the principal may know; None for all."""
    if principal.cameras is None:
        return None
    return named(principal.cameras, directory)


def named(cameras: Collection[str], directory: CameraIds) -> tuple[str, ...]:
    """The names of the cameras with these ids."""
    names = (directory.name_of(camera) for camera in sorted(cameras))
    return tuple(name for name in names if name is not None)
