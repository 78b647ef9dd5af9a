"""Cameras: one protocol, one class a file, and `open_camera`, which reads `--camera`."""

from __future__ import annotations

from lookout.edge.cameras.camera import Camera
from lookout.edge.cameras.choose import open_camera
from lookout.edge.cameras.errors import CameraError, CameraLost, CameraUnusable

__all__ = ["Camera", "CameraError", "CameraLost", "CameraUnusable", "open_camera"]
