"""The errors of cameras.

CameraError
├── CameraUnusable      the `--camera` value cannot be used on this machine; retrying does not help
└── CameraLost          a camera does not open, stopped or hangs; it may come back
"""

from __future__ import annotations


class CameraError(Exception):
    """Base of everything that this package raises; the message is one line for people."""


class CameraUnusable(CameraError):
    """The `--camera` value cannot be used on this machine; the message says what to do."""


class CameraLost(CameraError):
    """The camera does not open, stopped or hangs; opening it again may help."""
