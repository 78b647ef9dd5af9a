"""The options of the command line for cameras that hang turned or have their own certificate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lookout.edge.cameras.turned import ROTATIONS, Flip, Turn


def add_camera_options(add: Callable[..., object]) -> None:
    """The options, for `take_turn`; `add` is a parser's `add_argument`."""
    add(
        "--rotate",
        type=int,
        choices=ROTATIONS,
        default=0,
        help="degrees by which to turn the picture clockwise (default: 0); faces are found only "
        "upright",
    )
    add(
        "--flip",
        choices=[flip.value for flip in Flip],
        help="mirror the picture left to right, top to bottom, or both, after --rotate",
    )
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


def take_turn(values: dict[str, Any]) -> Turn:
    """Takes `--rotate` and `--flip` out of a parser's `values`."""
    flip = values.pop("flip")
    return Turn(values.pop("rotate"), None if flip is None else Flip(flip))
