"""A small bitmap that is rendered once and then only blended: a label, a corner of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Colour = tuple[int, int, int]
"""Blue, green, red; 0..255."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A bitmap ready to blend: picture · keep / 255 + add. Both (h, w, 3) uint8, BGR."""

    add: Image
    keep: Image

    @classmethod
    def painted(cls, colour: Floats, alpha: Floats) -> Sprite:
        """From colour, (h, w, 3) float32 0..255, BGR, and alpha, (h, w, 1) float32 0..1."""
        keep = np.repeat(255 * (1 - alpha), 3, axis=2)
        return cls(np.rint(colour * alpha).astype(np.uint8), np.rint(keep).astype(np.uint8))

    @property
    def width(self) -> int:
        return int(self.add.shape[1])

    @property
    def height(self) -> int:
        return int(self.add.shape[0])

    def flipped(self, across: bool, down: bool) -> Sprite:
        """The mirror image: left to right, top to bottom, or both."""
        turn = (slice(None, None, -1 if down else 1), slice(None, None, -1 if across else 1))
        return Sprite(np.ascontiguousarray(self.add[turn]), np.ascontiguousarray(self.keep[turn]))

    def blend(self, image_bgr: Image, left: int, top: int) -> None:
        """Puts the bitmap on the picture, in place; what would be outside is left out."""
        height, width = image_bgr.shape[:2]
        high, wide = self.add.shape[:2]
        add, keep = self.add, self.keep
        x0, y0, x1, y1 = left, top, left + wide, top + high
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
            if x0 >= x1 or y0 >= y1:
                return
            part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
            add, keep = add[part], keep[part]
        under = image_bgr[y0:y1, x0:x1]
        cv2.multiply(under, keep, dst=under, scale=1 / 255)
        cv2.add(under, add, dst=under)
