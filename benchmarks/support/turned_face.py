"""A chip with the head turned a little, by 68 landmarks and the depth of a generic face.

The landmarks are where they are in the photograph; a generic face says how far away each is; the
head is turned, the five points are fitted to where they were, and the chip follows the landmarks by
a thin-plate spline (F. Bookstein, PAMI 1989) whose border stays.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.align import fit_similarity
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks.five_points import five_of_68
from lookout.faces.landmarks.landmarker import Landmarker

Numbers = npt.NDArray[np.float64]

_JAW = (105, 104, 100, 92, 77, 56, 36, 20)
_BROW = (48, 33, 23, 18, 18)
_NOSE = (25, 17, 9, 0, 24, 20, 16, 20, 24)
_EYES = (39, 31, 29, 33, 30, 32, 33, 29, 31, 39, 32, 30)
_LIPS = (36, 24, 18, 17, 18, 24, 36, 25, 20, 19, 20, 25, 34, 22, 19, 22, 34, 23, 20, 23)
DEPTH_MM = np.array(
    [*_JAW, 13, *_JAW[::-1], *_BROW, *_BROW[::-1], *_NOSE, *_EYES, *_LIPS], np.float32
)
"""How far each of dlib's 68 points lies behind the tip of the nose: a generic adult, as the six
points of `faces.photo.pose.MODEL_MM`, and between these estimated by hand to some millimetres."""
EYES_MM = 90.0
"""Between the outer corners of the eyes, as in `faces.photo.pose.MODEL_MM`."""
_FRONT = np.flatnonzero(DEPTH_MM < 80)
"""The points that the chip follows: those beside the ears would be hidden, or fold it."""
_GRID = 39
"""The spline is worked out at so many places across; between them the map is linear."""
_START = 0.1
"""The face of a chip is looked for in the chip without this much of its rim."""

_KEPT = 64
"""Chips whose landmarks are kept for the turn to the other side."""


def turned_face(chip: Image, yaw_degrees: float) -> Image:
    """The chip (S, S, 3) uint8 with the head turned by a few degrees. What was hidden is stretched
    from what is beside it."""
    side = chip.shape[0]
    points = _points(chip.tobytes(), side)
    moved = turned_points(points, yaw_degrees)
    border = np.array([(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1) if (x, y) != (0.5, 0.5)])
    rim = (border * (side - 1)).astype(np.float32)
    here, there = (np.concatenate([p[_FRONT], rim]).astype(np.float64) for p in (moved, points))
    sources = _spline(here, there, side)
    replicate = cv2.BORDER_REPLICATE
    linear = cv2.INTER_LINEAR
    return np.asarray(
        cv2.remap(chip, sources[..., 0], sources[..., 1], linear, borderMode=replicate), np.uint8
    )


def turned_points(points_xy: Floats, yaw_degrees: float) -> Floats:
    """(68, 2) where the points are after the turn, eyes, nose and mouth fitted to where they
    were."""
    yaw = np.radians(yaw_degrees)
    depth = DEPTH_MM * np.linalg.norm(points_xy[45] - points_xy[36]) / EYES_MM
    turned = points_xy.copy()
    turned[:, 0] = points_xy[:, 0] * np.cos(yaw) - depth * np.sin(yaw)
    matrix = fit_similarity(five_of_68(turned[None])[0], five_of_68(points_xy[None])[0])
    return np.asarray(turned @ matrix[:, :2].T + matrix[:, 2], np.float32)


def _spline(from_xy: Numbers, to_xy: Numbers, side: int) -> Floats:
    """(side, side, 2) where the smoothest map that takes points to points takes each pixel."""
    count = len(from_xy)
    ones = np.ones((count, 1))
    plane = np.hstack([ones, from_xy])
    system = np.block([[_kernel(from_xy, from_xy), plane], [plane.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.vstack([to_xy, np.zeros((3, 2))]))
    places = np.linspace(0, side - 1, _GRID)
    xy = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    flat = _kernel(xy, from_xy) @ weights[:count] + weights[count] + xy @ weights[count + 1 :]
    coarse = flat.reshape(_GRID, _GRID, 2).astype(np.float32)
    across = np.tile(np.linspace(0, _GRID - 1, side, dtype=np.float32), (side, 1))
    return np.asarray(cv2.remap(coarse, across, across.T.copy(), cv2.INTER_LINEAR), np.float32)


def _kernel(a_xy: Numbers, b_xy: Numbers) -> Numbers:
    squared = np.square(a_xy[:, None] - b_xy[None]).sum(axis=2)
    return np.asarray(squared * np.log(np.maximum(squared, 1e-12)))


@lru_cache(maxsize=_KEPT)
def _points(chip: bytes, side: int) -> Floats:
    """(68, 2) the landmarks of a chip, looked for again around the face that was found."""
    image = np.frombuffer(chip, np.uint8).reshape(side, side, 3)
    box = np.array([[_START, _START, 1 - _START, 1 - _START]], np.float32) * side
    face = Detections(box, np.ones(1, np.float32))
    for _ in range(2):
        points = _landmarker().points(image, face)
        face = Detections(box, face.score, five_of_68(points))
    return np.asarray(points[0])


@lru_cache(maxsize=1)
def _landmarker() -> Landmarker:
    return Landmarker()
