"""The errors of cameras.

CameraError
└── BadCamera       a camera cannot be entered so: its address, name or kind
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class PulledCameraError(ServerError):
    """The base of every error that this package raises; its text is one line for people."""


class BadCamera(PulledCameraError):
    """A camera cannot be entered so: its address, name or kind."""
