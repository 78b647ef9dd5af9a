"""The cameras as the rest of the server sees them kept."""

from __future__ import annotations

from typing import Protocol

from lookout.server.storage.camera_records import CameraRecord


class Cameras(Protocol):
    """Every camera that has been entered or has sent a frame, by name."""

    def add(self, camera: CameraRecord) -> None:
        """Raises Conflict where the id or the name is taken."""

    def update(self, camera: CameraRecord) -> None:
        """Replaces everything. A new name is given to the camera's sightings and events, too.

        Raises Conflict where the name is taken.
        """

    def get(self, camera: str) -> CameraRecord: ...

    def all(self) -> tuple[CameraRecord, ...]: ...

    def delete(self, camera: str) -> None:
        """Removes the camera; its sightings and events stay."""

    def version(self) -> int:
        """A number that rises with every change, by any process."""
