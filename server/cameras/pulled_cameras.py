"""The cameras that the server fetches, as the rest of it sees them, and their stand-in."""

from __future__ import annotations

from typing import Protocol

from lookout.server.cameras.status import CameraCondition, CameraReport
from lookout.server.storage.camera_records import CameraKind, CameraRecord


class PulledCameras(Protocol):
    """What the rest of the server asks of the cameras that are fetched."""

    def status(self, camera: CameraRecord) -> CameraReport | None:
        """How this camera does; None where it is not fetched here."""


class NoPulledCameras:
    """None is fetched: the extra `cameras` is not installed, or there is no store."""

    def __init__(self, why: str = "") -> None:
        self._why = why

    def status(self, camera: CameraRecord) -> CameraReport | None:
        if camera.kind is CameraKind.EDGE or not camera.enabled:
            return None
        return CameraReport(CameraCondition.OFFLINE, self._why)

    def start(self) -> None:
        """There is nothing to start."""

    def close(self, timeout_s: float) -> bool:  # noqa: ARG002 - as every part that owns threads
        return True
