"""Views of a head: the photograph as if the face looked elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.pose3d.generic import Numbers
from lookout.faces.pose3d.head import AWAY_MM, Head, hidden

SIZE_PX = 256
SCALE = 1.05
"""Pixels for a millimetre at the tip of the nose."""
CENTRE_MM = (0.0, -14.0)
"""What of the head is in the middle of the view."""
FEATHER_PX = 4.0
LEAST_SHARE = 0.02
BACKGROUND_PX = 18.0
VIEWS_DEG = (-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0)
GOOD, USABLE = 0.75, 0.5
"""The share that was really seen from which a view is good, or usable."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadView:
    """A view of the head.

    image_bgr: (256, 256, 3). yaw_deg: as `faces.photo.pose.Pose`.
    own:       the share of its face, 0 to 1, that the photograph shows; the rest is the other side
               mirrored, or left out.
    turned_by: degrees from the photograph.
    """

    image_bgr: Image
    yaw_deg: float
    own: float
    turned_by: float

    @property
    def quality(self) -> str:
        """`good`, `usable` or `poor`."""
        return "good" if self.own >= GOOD else "usable" if self.own >= USABLE else "poor"


def view_of_head(head: Head, yaw_deg: float, *, mirror: bool = True) -> HeadView:
    """The head as it looks with this yaw, upright. mirror: what the photograph does not show is
    taken from the other side of the face; else it is left out."""
    own, other = head.seen, np.fliplr(head.seen) if mirror else np.zeros_like(head.seen)
    colours = _colours(head)
    mirrored = _balanced(np.fliplr(colours), colours, own * other)
    # what neither side shows is stretched from its own, rather than left out
    share = np.maximum(own, LEAST_SHARE) if mirror else own
    total = share + (1 - share) * other
    blend = (share / np.maximum(total, 1e-6))[..., None]
    face = blend * colours + (1 - blend) * mirrored
    drawn, covered, seen = _drawn(head.surface_mm, face, total, own, yaw_deg)
    canvas = _background(head)
    soft = cv2.GaussianBlur(cv2.erode(covered, np.ones((3, 3))), (0, 0), FEATHER_PX / 2)[..., None]
    picture = np.clip(canvas * (1 - soft) + drawn * soft, 0, 255)
    inside = covered > 0
    amount = float(seen[inside].mean()) if inside.any() else 0.0
    return HeadView(np.asarray(picture, np.uint8), yaw_deg, amount, abs(yaw_deg - head.yaw_deg))


def _colours(head: Head) -> Numbers:
    at = np.nan_to_num(head.at_xy, nan=-1.0)
    found = cv2.remap(
        head.image_bgr, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found, np.float64)


def _balanced(mirrored: Numbers, colours: Numbers, both: Numbers) -> Numbers:
    """The mirrored side in the light of the other: its mean colour where both are seen."""
    weight = both[..., None]
    if weight.sum() < 1:
        return mirrored
    lit, of = ((side * weight).sum(axis=(0, 1)) for side in (colours, mirrored))
    return np.asarray(mirrored * np.clip(lit / np.maximum(of, 1e-6), 0.7, 1.4))


def _drawn(
    surface_mm: Numbers, face: Numbers, total: Numbers, own: Numbers, yaw_deg: float
) -> tuple[Numbers, Numbers, Numbers]:
    """The turned surface as a picture: colours, what is covered, and what of it is own.

    The points are denser than the pixels: they are drawn from far to near, each on one pixel, and
    the few pixels between are closed.
    """
    turn = cv2.Rodrigues(np.array([0.0, -np.radians(yaw_deg), 0.0]))[0]
    valid = ~np.isnan(surface_mm[..., 2]) & (total > LEAST_SHARE / 2)
    axis = np.array([0.0, 0.0, 90.0])  # of the neck
    points = (surface_mm[valid] - axis) @ turn.T + axis
    near = AWAY_MM / (AWAY_MM + points[:, 2])
    place = (points[:, :2] - CENTRE_MM) * SCALE * near[:, None] + SIZE_PX / 2
    order = np.argsort(-points[:, 2], kind="stable")
    columns, rows = np.round(place[order]).astype(np.intp).T
    fits = (columns >= 0) & (columns < SIZE_PX) & (rows >= 0) & (rows < SIZE_PX)
    fits[fits] = ~hidden(rows[fits] // 2, columns[fits] // 2, points[order][fits, 2])
    layers = np.zeros((SIZE_PX, SIZE_PX, 5))
    what = np.column_stack([face[valid], own[valid], np.ones(int(valid.sum()))])[order]
    layers[rows[fits], columns[fits]] = what[fits]
    return _closed(layers)


def _closed(layers: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    covered = layers[..., 4]
    closed = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((5, 5)))
    around = cv2.GaussianBlur(layers, (0, 0), 1.5)
    filled = around[..., :4] / np.maximum(around[..., 4:], 1e-6)
    values = np.where(covered[..., None] == 0, filled, layers[..., :4])
    return values[..., :3], np.asarray(closed, np.float64), values[..., 3]


def _background(head: Head) -> Numbers:
    """What the photograph shows around the face, without any form."""
    valid = ~np.isnan(head.at_xy[..., 0])
    first, last = head.at_xy[valid].min(axis=0), head.at_xy[valid].max(axis=0)
    size = last - first
    height, width = head.image_bgr.shape[:2]
    x0, y0 = np.clip(first - 0.25 * size, 0, (width - 2, height - 2)).astype(int)
    x1, y1 = np.clip(last + 0.25 * size, 2, (width, height)).astype(int)
    part = cv2.resize(head.image_bgr[y0:y1, x0:x1], (SIZE_PX, SIZE_PX))
    return np.asarray(cv2.GaussianBlur(part, (0, 0), BACKGROUND_PX), np.float64)
