"""The protocol of a camera."""

from __future__ import annotations

from typing import Protocol

from lookout.edge.frame import Frame


class Camera(Protocol):
    """A source of pictures. One thread opens, reads and closes it; it opens again after a close."""

    @property
    def name(self) -> str:
        """The name on the page and in the log; never holds a password."""

    def open(self) -> None:
        """Starts the camera; returns at its first picture. Raises CameraLost after a timeout."""

    def read(self, timeout_s: float) -> Frame:
        """The newest picture that this method has not yet returned. Raises CameraLost."""

    def close(self) -> None:
        """Releases the device, within two seconds. Harmless when repeated."""
