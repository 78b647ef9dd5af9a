"""Cameras: one protocol, one class a file, and `open_camera`, which reads `--camera`."""

from __future__ import annotations

from edge.cameras.camera import Camera
from edge.cameras.choose import open_camera
from edge.cameras.errors import CameraError, CameraLost, CameraUnusable

__all__ = ["Camera", "CameraError", "CameraLost", "CameraUnusable", "open_camera"]
