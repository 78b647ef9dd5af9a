"""A generic head: dlib's 68 points in space, and the smooth surface through them.

In millimetres about the tip of the nose, as `faces.photo.pose.MODEL_MM`: x to the viewer's right, y
down, z away from the camera. Made by hand for this project from common anthropometric means: widths
and heights of an adult face, and how far each point lies behind the tip of the nose.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from lookout.faces.pose3d.spline import Spline

Numbers = npt.NDArray[np.float64]

_JAW = (
    (-72, -30, 105), (-71, -12, 104), (-69, 6, 100), (-65, 23, 92), (-57, 39, 77), (-45, 52, 56),
    (-31, 61, 36), (-16, 66, 20),
)  # fmt: skip
_BROW = ((-58, -48, 48), (-49, -55, 33), (-37, -56, 23), (-25, -53, 18), (-13, -48, 18))
_RIDGE = ((0, -34, 25), (0, -22, 17), (0, -11, 9), (0, 0, 0))
_NOSTRILS = ((-14, 12, 24), (-7, 14, 20))
_EYE = (
    (-45, -34, 39), (-37, -39, 31), (-27, -39, 29), (-18, -33, 33), (-27, -30, 30), (-37, -30, 32),
)  # fmt: skip
_LIPS = ((-30, 30, 36), (-18, 26, 24), (-7, 24, 18))
_BELOW = ((-18, 37, 25), (-8, 41, 20))
_INSIDE = ((-26, 30, 34), (-9, 29, 22))


def _mirrored(points: tuple[tuple[int, int, int], ...]) -> tuple[tuple[int, int, int], ...]:
    """The same on the other side, in the other order."""
    return tuple((-x, y, z) for x, y, z in reversed(points))


_OTHER_EYE = tuple((-_EYE[n][0], *_EYE[n][1:]) for n in (3, 2, 1, 0, 5, 4))
POINTS_MM: Numbers = np.array(
    [
        *_JAW, (0, 66, 13), *_mirrored(_JAW),
        *_BROW, *_mirrored(_BROW),
        *_RIDGE, *_NOSTRILS, (0, 15, 16), *_mirrored(_NOSTRILS),
        *_EYE, *_OTHER_EYE,
        *_LIPS, (0, 25, 17), *_mirrored(_LIPS),
        *_mirrored(_BELOW)[::-1], (0, 42, 19), *_BELOW[::-1],
        *_INSIDE, (0, 30, 19), *_mirrored(_INSIDE), (9, 33, 23), (0, 33, 20), (-9, 33, 23),
    ],
    np.float64,
)  # fmt: skip
"""(68, 3), in dlib's order."""

_SKULL = (
    (-76, -55, 108), (-70, -80, 88), (-55, -100, 70), (-30, -112, 55), (0, -116, 50),
    (-62, -62, 66), (-45, -82, 42), (-22, -86, 27), (0, -88, 23), (0, -60, 17),
    (-46, -8, 40), (-58, 4, 62), (-40, 14, 36), (-30, 2, 30), (-40, 40, 44), (-22, 52, 24),
    (-80, -20, 118), (-76, 20, 116), (-64, 48, 96), (-40, 72, 66), (0, 78, 30),
)  # fmt: skip
_SKULL_MM: Numbers = np.array([*_SKULL, *((-x, y, z) for x, y, z in _SKULL if x)], np.float64)
"""Forehead, temples, cheeks and the rim, where dlib has no points."""

ACROSS_MM, HIGHEST_MM, LOWEST_MM = 74.0, -104.0, 70.0
"""How far the surface reaches: an oval from temple to temple and from hairline to chin."""
STEP_MM = 1.0


@cache
def surface_mm() -> Numbers:
    """(H, W, 3) the surface on a grid of STEP_MM, symmetrical; NaN outside the oval."""
    columns = np.arange(-ACROSS_MM, ACROSS_MM + STEP_MM / 2, STEP_MM)
    rows = np.arange(HIGHEST_MM, LOWEST_MM + STEP_MM / 2, STEP_MM)
    x, y = np.meshgrid(columns, rows)
    known = np.concatenate([POINTS_MM, _SKULL_MM])
    depth = Spline.through(known[:, :2], known[:, 2:], smooth=0.1)
    z = depth.at(np.stack([x, y], axis=2).reshape(-1, 2)).reshape(x.shape)
    middle, half = (HIGHEST_MM + LOWEST_MM) / 2, (LOWEST_MM - HIGHEST_MM) / 2
    outside = np.abs(x / ACROSS_MM) ** 2.5 + np.abs((y - middle) / half) ** 2.5 > 1
    return np.where(outside[..., None], np.nan, np.stack([x, y, z], axis=2))
