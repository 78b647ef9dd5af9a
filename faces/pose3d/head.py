"""A photograph on the generic head: where in it each point of the surface is, and what is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image
from lookout.faces.pose3d.generic import POINTS_MM, Numbers, surface_mm
from lookout.faces.pose3d.spline import Spline

FIT = (*range(17, 36), 36, 39, 42, 45, 48, 54, 8)
"""Of the 68 points those that turn with the skull: brows, nose, corners of eyes and mouth, chin."""
AWAY_MM = 600.0
FARTHEST_OFF = 0.12
"""Of real faces at most half of this, open mouths and 40 degrees aside included."""
STEEP = 0.12
"""The cosine between surface and line of sight below which the photograph says nothing of it."""
SEEN = 0.4
"""And from which it is believed altogether."""
SMOOTH = 0.05
HIDDEN_MM = 15.0
DEPTHS_PX = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A photograph on the head.

    image_bgr: the photograph. yaw_deg, pitch_deg: of the face in it, as `faces.photo.pose.Pose`.
    surface_mm: (H, W, 3) the head of this person, looking ahead; NaN outside.
    at_xy:   (H, W, 2) float32, where each of its points is in the photograph, pixels.
    seen:    (H, W) how well it is seen there: 0 (hidden, or too steep) to 1.
    """

    image_bgr: Image
    yaw_deg: float
    pitch_deg: float
    surface_mm: Numbers
    at_xy: Floats
    seen: Numbers


class NoHead(ValueError):
    """No head fits these landmarks."""


def head_of(image_bgr: Image, points_xy: Floats) -> Head:
    """The head of a face with these (68, 2) landmarks. Raises NoHead.

    Method: perspective-n-point (OpenCV) of the generic points; then the surface is drawn by a
    spline so that its points meet the landmarks, each at its generic depth.
    """
    camera = _camera(image_bgr, points_xy)
    chosen = points_xy[list(FIT)].astype(np.float64)
    found, turn, shift = cv2.solvePnP(
        POINTS_MM[list(FIT)],
        chosen,
        camera,
        np.zeros(4),
        np.zeros(3),
        np.array([0, 0, AWAY_MM]),
        True,
    )
    if not found or shift[2, 0] <= 0 or _off(chosen, turn, shift, camera) > FARTHEST_OFF:
        raise NoHead("no head fits these landmarks: the face is cut off, or it is none")
    rotation = np.asarray(cv2.Rodrigues(turn)[0], np.float64)
    moved = np.asarray(shift, np.float64).ravel()
    surface = _fitted(points_xy, camera, rotation, moved)
    seen_mm = surface @ rotation.T + moved
    with np.errstate(invalid="ignore"):
        at = seen_mm[..., :2] / seen_mm[..., 2:] * camera[0, 0] + camera[:2, 2]
    forward = rotation @ np.array([0.0, 0.0, -1.0])
    return Head(
        image_bgr,
        math.degrees(math.atan2(forward[0], -forward[2])),
        math.degrees(math.atan2(forward[1], math.hypot(forward[0], forward[2]))),
        surface,
        at.astype(np.float32),
        _seen(seen_mm, at, image_bgr),
    )


def _off(chosen: Numbers, turn: Any, shift: Any, camera: Numbers) -> float:
    """How far the generic points are from the landmarks, as a share of the face; infinite where the
    landmarks coincide."""
    there = cv2.projectPoints(POINTS_MM[list(FIT)], turn, shift, camera, np.zeros(4))[0]
    size = float(np.ptp(chosen, axis=0).max())
    rest = float(np.sqrt(np.square(there.reshape(-1, 2) - chosen).sum(axis=1).mean()))
    return rest / size if size else math.inf


def _camera(image_bgr: Image, points_xy: Floats) -> Numbers:
    """The longer side of the picture as focal length, as `faces.photo.pose`; the face at its
    centre, so that its place is not taken for a turn."""
    focal = float(max(image_bgr.shape[:2]))
    x, y = points_xy[30].astype(np.float64)
    return np.array([[focal, 0, x], [0, focal, y], [0, 0, 1]], np.float64)


def _fitted(points_xy: Floats, camera: Numbers, rotation: Numbers, shift: Numbers) -> Numbers:
    """The generic surface, drawn so that its points meet the landmarks: of each the x and y at its
    generic depth that are seen where it is, the mean of both sides."""
    rays = (
        np.column_stack([(points_xy - camera[:2, 2]) / camera[0, 0], np.ones(len(points_xy))])
        @ rotation
    )
    origin = -(shift @ rotation)
    way = (POINTS_MM[:, 2] - origin[2]) / rays[:, 2]
    own = origin[:2] + way[:, None] * rays[:, :2]
    # a landmark beside the far cheek is drawn on its rim, wherever the ear is: keep it near
    moved = np.clip(own - POINTS_MM[:, :2], -12.0, 12.0)
    spline = Spline.through(POINTS_MM[:, :2], moved, smooth=SMOOTH)
    surface = surface_mm()
    inside = ~np.isnan(surface[..., 2])
    fitted = surface.copy()
    fitted[inside, :2] += spline.at(surface[inside][:, :2])
    return fitted


def _seen(seen_mm: Numbers, at_xy: Numbers, image_bgr: Image) -> Numbers:
    """(H, W) how well each point is seen: the cosine of its surface to the line of sight, 0 outside
    the picture and behind another part of the head."""
    down, across = (np.gradient(seen_mm, axis=axis) for axis in (0, 1))
    normal = np.cross(across, down)
    with np.errstate(invalid="ignore", divide="ignore"):
        normal /= np.linalg.norm(normal, axis=2, keepdims=True)
        sight = seen_mm / np.linalg.norm(seen_mm, axis=2, keepdims=True)
        cosine = (normal * sight).sum(axis=2)
    share = np.clip((np.nan_to_num(cosine) - STEEP) / (SEEN - STEEP), 0, 1)
    height, width = image_bgr.shape[:2]
    with np.errstate(invalid="ignore"):
        inside = (at_xy >= 0).all(axis=2) & (at_xy <= (width - 1, height - 1)).all(axis=2)
    return np.where(inside & ~_behind(seen_mm, at_xy), share, 0.0)


def _behind(seen_mm: Numbers, at_xy: Numbers) -> npt.NDArray[np.bool_]:
    """(H, W) whether another part of the head covers it."""
    valid = ~np.isnan(at_xy[..., 0])
    places = np.round(at_xy[valid] / DEPTHS_PX).astype(np.intp)
    columns, rows = (places - places.min(axis=0)).T
    behind = np.zeros(valid.shape, bool)
    behind[valid] = hidden(rows, columns, seen_mm[valid][:, 2])
    return behind


def hidden(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], depth_mm: Numbers
) -> npt.NDArray[np.bool_]:
    """(P,) whether another point in the same place is nearer by more than HIDDEN_MM. Places from 0;
    depth_mm: (P,), larger is farther."""
    nearest = np.full((rows.max(initial=0) + 1, columns.max(initial=0) + 1), np.inf)
    np.minimum.at(nearest, (rows, columns), depth_mm)
    return np.asarray(depth_mm > nearest[rows, columns] + HIDDEN_MM)
