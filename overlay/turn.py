"""The turning of pictures of a camera that hangs upside down or on its side, or sees a mirror."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

ROTATIONS = (0, 90, 180, 270)
_CV_ROTATIONS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class Flip(StrEnum):
    """The mirrorings: left to right, top to bottom, or both."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    BOTH = "both"


_CV_FLIPS = {Flip.HORIZONTAL: 1, Flip.VERTICAL: 0, Flip.BOTH: -1}


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation, in degrees clockwise, and then a mirroring of what it gives."""

    rotate: int = 0
    flip: Flip | None = None

    def __post_init__(self) -> None:
        if self.rotate not in ROTATIONS:
            raise ValueError(f"rotate is one of {ROTATIONS}, got {self.rotate}")

    @property
    def is_none(self) -> bool:
        return self.rotate == 0 and self.flip is None

    def of(self, image_bgr: Image) -> Image:
        """The turned picture, (height, width, 3) uint8 BGR; a quarter turn swaps the sides."""
        if self.rotate:
            image_bgr = np.asarray(cv2.rotate(image_bgr, _CV_ROTATIONS[self.rotate]), np.uint8)
        if self.flip is not None:
            image_bgr = np.asarray(cv2.flip(image_bgr, _CV_FLIPS[self.flip]), np.uint8)
        return image_bgr

    def size_of(self, size_wh: tuple[int, int]) -> tuple[int, int]:
        """Width and height of a turned picture of this size."""
        width, height = size_wh
        return (height, width) if self.rotate in (90, 270) else (width, height)


def add_turn_options(add: Callable[..., object]) -> None:
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


def take_turn(values: dict[str, Any]) -> Turn:
    """Takes `--rotate` and `--flip` out of a parser's `values`."""
    flip = values.pop("flip")
    return Turn(values.pop("rotate"), None if flip is None else Flip(flip))
