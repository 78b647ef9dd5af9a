"""All sizes of a picture laid out on one sheet, as dlib's CNN detector searches them.

Each level is 5/6 of the one before. They go down the left side until the next fits beside the
column, then back up on the right. Layout: `compute_tiled_image_pyramid_details` of dlib's
`image_transforms/image_pyramid.h` (Boost Software License); levels: bilinear, corners on corners.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import dlib
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image

Doubles = npt.NDArray[np.float64]

RATE = 5 / 6
_LEAST_HEIGHT = 5
_UP_RATE, _UP_SHIFT = 6 / 5, 0.3


@dataclass(frozen=True, slots=True)
class LevelRect:
    """The rectangle of one level on the sheet, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def area(self) -> tuple[slice, slice]:
        """The rows and columns of the level, to index the sheet with."""
        rows = slice(self.top, self.top + self.height)
        return rows, slice(self.left, self.left + self.width)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rectangles of all levels, the original size first, on a sheet of size_hw."""

    size_hw: tuple[int, int]
    levels: tuple[LevelRect, ...]


@lru_cache(maxsize=32)
def lay_out(height: int, width: int, padding: int, border: int) -> Sheet:
    """The sheet for pictures of one size; padding lies between levels, border around them all."""
    sizes = _level_sizes(height, width)
    column_height = _column_height(sizes, padding)
    levels: list[LevelRect] = []
    top = border
    while top < column_height + border and len(levels) < len(sizes):
        level_height, level_width = sizes[len(levels)]
        levels.append(LevelRect(border, top, level_width, level_height))
        top += level_height + padding
    bottom = top - padding
    for level_height, level_width in sizes[len(levels) :]:
        left, top = border + width - level_width, bottom - level_height
        rect = LevelRect(left, top, level_width, level_height)
        if _touch(rect, levels[0]):
            break
        levels.append(rect)
        bottom -= level_height + padding
    return Sheet((column_height + 2 * border, width + 2 * border), tuple(levels))


def fill(sheet: Sheet, image_rgb: Image, mean_rgb: Sequence[float], tile: Floats) -> None:
    """Draws all levels of a picture, minus its mean, into tile, (3, H, W) float32.

    What lies between the levels is left as it is: zeros, if the tile began as zeros.
    """
    for channel, mean in enumerate(mean_rgb):
        plane = tile[channel]
        level: Floats = np.subtract(image_rgb[:, :, channel], np.float32(mean), dtype=np.float32)
        plane[sheet.levels[0].area] = level
        for rect in sheet.levels[1:]:
            level = dlib.resize_image(level, rect.height, rect.width)
            plane[rect.area] = level


def to_image(sheet: Sheet, box_xyxy: Doubles) -> Doubles:
    """Boxes (N, 4) on the sheet, moved to the picture: those of the level nearest their centre.

    In float64, as dlib computes before it rounds to whole pixels.
    """
    level = _nearest(sheet, (box_xyxy[:, :2] + box_xyxy[:, 2:]) / 2)
    origin = np.array([(rect.left, rect.top) for rect in sheet.levels])[level]
    points: Doubles = box_xyxy.reshape(-1, 2, 2) - origin[:, None, :]
    # level by level as dlib does it: a closed form rounds some boxes to another pixel
    for step in range(int(level.max(initial=0))):
        deeper = level > step
        points[deeper] = points[deeper] * _UP_RATE + _UP_SHIFT
    return points.reshape(-1, 4)


def _level_sizes(height: int, width: int) -> list[tuple[int, int]]:
    sizes = [(height, width)]
    while True:
        height, width = math.floor(RATE * height), math.floor(RATE * width)
        if width == 0 or height < _LEAST_HEIGHT:
            return sizes
        sizes.append((height, width))


def _column_height(sizes: Sequence[tuple[int, int]], padding: int) -> int:
    """Height of the left column: until the next level fits beside the column's last one and the
    rest is no longer than what the column has below the original size."""
    first_height, first_width = sizes[0]
    total = sum(height + padding for height, _ in sizes) - 2 * padding
    column, width_before = 0, 0
    for height, width in sizes:
        fits = width <= first_width - width_before - padding
        if fits and (column - first_height) * 2 >= total - first_height:
            break
        column += height + padding
        width_before = width
    return column - padding


def _nearest(sheet: Sheet, centre_xy: Doubles) -> npt.NDArray[np.intp]:
    ltwh = np.array([(r.left, r.top, r.width - 1, r.height - 1) for r in sheet.levels])
    low, high = ltwh[:, :2], ltwh[:, :2] + ltwh[:, 2:]
    nearest = np.clip(centre_xy[:, None], low, high)
    away: Doubles = ((nearest - centre_xy[:, None]) ** 2).sum(axis=2)
    return np.asarray(away.argmin(axis=1), np.intp)


def _touch(a: LevelRect, b: LevelRect) -> bool:
    across = a.left < b.left + b.width and b.left < a.left + a.width
    return across and a.top < b.top + b.height and b.top < a.top + a.height
