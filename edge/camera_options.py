"""The options of the command line for cameras that hang turned or have their own certificate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lookout.overlay.turn import add_turn_options


def add_camera_options(add: Callable[..., object]) -> None:
    """The options; `add` is a parser's `add_argument`."""
    add_turn_options(add)
    add(
        "--camera-ca",
        metavar="FILE",
        type=Path,
        help="the certificate (PEM) of an https:// camera, or of the authority that signed it",
    )
    add(
        "--camera-insecure",
        action="store_true",
        help="accept any certificate of an https:// camera",
    )
