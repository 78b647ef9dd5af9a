"""What surrounds a face and is carried along with it: the sheet or the screen that shows it.

A head moves before its background. Where a sheet is moved, what is pictured beside the face moves
with it, while the room farther away stays. A camera that turns moves everything, which says
nothing; nor does a face that keeps its place, or a wall without any texture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image

FACE_PX = 64
"""The width of the face in the picture in which points are followed."""
REACH = 2.5
"""So many widths of the face are looked at to each side of its centre."""
BESIDE, ABOVE, HIGHEST = 0.9, 0.5, 1.0
"""How far what is beside and above the face reaches, in widths and heights of its box, from its
edges. Not below: a body moves with its head."""
HAIR = 0.3
"""So much beside the face, and up to ABOVE over it, may be hair."""
MOST_LOOKS = 5
MOST_POINTS, LEAST_POINTS = 160, 5
LEAST_SHIFT = 0.04
"""In widths of the face: a smaller motion is a tremble of the camera or of the points."""
SAME = 0.35
"""A point is carried if it is this near to where the face would take it, in shares of the way; and
stays behind if it has gone no farther."""
CARRIED, LEAST_SEEN = 0.5, 12
"""Of so many points at least, half are carried: of 26 tracks of live people at most 7 %."""

Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What surrounds a face, as of one look.

    grey:   (H, W) uint8, the part of the picture around it, the face FACE_PX wide.
    origin: (2,) its first pixel in the picture; scale: pixels of it for one of the picture.
    box_xyxy: (4,) the face in it.
    counts: of each of the last looks, how many points went with the face, and how many stayed.
    """

    grey: Image
    origin: Floats
    scale: float
    box_xyxy: Floats
    counts: tuple[tuple[int, int], ...] = ()

    @property
    def is_carried(self) -> bool:
        """True if more of what surrounds the face goes with it than stays behind."""
        carried, stayed = (sum(numbers) for numbers in zip(*self.counts, (0, 0), strict=True))
        seen = carried + stayed
        return bool(seen >= LEAST_SEEN and carried >= CARRIED * seen)

    def without_oldest(self, looks: int) -> Surroundings:
        """The same without the counts of the oldest looks."""
        return replace(self, counts=self.counts[looks:])


def surroundings(
    before: Surroundings | None, image_bgr: Image, box_xyxy: Floats
) -> Surroundings | None:
    """The surroundings after one more look at the face, now in `box_xyxy` (4,); None where there
    are none. Method: Lucas-Kanade with pyramids (Bouguet 2000), forth and back."""
    now = _around(image_bgr, box_xyxy)
    if now is None or before is None:
        return now
    counts = before.counts
    if _has_moved(before, box_xyxy):
        later = _part(image_bgr, before.origin, before.grey.shape, before.scale)
        counts = (*counts, _counted(before, later))[-MOST_LOOKS:]
    return replace(now, counts=counts)


def _has_moved(before: Surroundings, box_xyxy: Floats) -> bool:
    """Whether the box has moved, or changed its size, far enough for points to follow."""
    now = (box_xyxy - np.tile(before.origin, 2)) * before.scale
    return bool(np.abs(now - before.box_xyxy).max() >= LEAST_SHIFT * FACE_PX)


def _around(image_bgr: Image, box_xyxy: Floats) -> Surroundings | None:
    width = float(box_xyxy[2] - box_xyxy[0])
    if width < 1:
        return None
    centre, size = (box_xyxy[:2] + box_xyxy[2:]) / 2, image_bgr.shape[1::-1]
    first = np.clip(centre - REACH * width, 0, size).astype(np.int64)
    last = np.clip(centre + REACH * width, 0, size).astype(np.int64)
    scale = min(1.0, FACE_PX / width)
    shape = tuple(int(side) for side in np.round((last - first)[::-1] * scale))
    if min(shape) < FACE_PX // 2:
        return None
    origin = first.astype(np.float32)
    box = (box_xyxy - np.tile(origin, 2)) * scale
    return Surroundings(_part(image_bgr, origin, shape, scale), origin, scale, box)


def _part(image_bgr: Image, origin: Floats, shape: tuple[int, ...], scale: float) -> Image:
    """That part of the picture, grey, in this shape."""
    x, y = (int(edge) for edge in origin)
    height, width = (round(side / scale) for side in shape[:2])
    grey = cv2.cvtColor(image_bgr[y : y + height, x : x + width], cv2.COLOR_BGR2GRAY)
    size_wh = (shape[1], shape[0])
    return np.asarray(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def _counted(before: Surroundings, later: Image) -> tuple[int, int]:
    """How many points around the face went with it, and how many stayed; none where the face kept
    its place, or what is far from it moved as well."""
    face, beside, far = _regions(before)
    points, there = _followed(before.grey, later, face | beside | far)
    columns, rows = points.astype(np.intp).T
    of_face, of_beside, of_far = (mask[rows, columns] > 0 for mask in (face, beside, far))
    motion = _motion(points[of_face], there[of_face])
    if motion is None or of_far.sum() < LEAST_POINTS:
        return 0, 0
    _, stayed_far = _shares(points[of_far], there[of_far], motion)
    if stayed_far < of_far.sum() / 2:
        return 0, 0
    return _shares(points[of_beside], there[of_beside], motion)


def _regions(before: Surroundings) -> tuple[Image, Image, Image]:
    """Masks of the face, of what is beside and above it, and of what is farther away."""
    x0, y0, x1, y1 = (float(edge) for edge in before.box_xyxy)
    width, height = x1 - x0, y1 - y0
    face, beside = (np.zeros_like(before.grey) for _ in range(2))
    far = np.full_like(before.grey, 255)
    inner = 0.1 * width
    _fill(face, (x0 + inner, y0 + inner, x1 - inner, y1 - inner))
    _fill(beside, (x0 - BESIDE * width, y0 - HIGHEST * height, x1 + BESIDE * width, y1))
    _fill(
        beside,
        (x0 - HAIR * width, y0 - ABOVE * height, x1 + HAIR * width, y1 + height),
        0,
    )
    _fill(far, (x0 - BESIDE * width, y0 - HIGHEST * height, x1 + BESIDE * width, y1), 0)
    _fill(far, (x0 - 1.5 * width, y1, x1 + 1.5 * width, before.grey.shape[0]), 0)  # the body
    return face, beside, far


def _fill(mask: Image, box: tuple[float, float, float, float], value: int = 255) -> None:
    x0, y0, x1, y1 = (max(0, round(edge)) for edge in box)
    mask[y0:y1, x0:x1] = value


def _followed(grey: Image, later: Image, mask: Image) -> tuple[Points, Points]:
    """(P, 2) points of a region and where they are later; those that are found on the way back."""
    none = np.zeros((0, 2), np.float32)
    # OpenCV answers None where there is not one
    points = np.asarray(cv2.goodFeaturesToTrack(grey, MOST_POINTS, 0.005, 4, mask=mask))
    if not points.ndim:
        return none, none
    there, found, _ = cv2.calcOpticalFlowPyrLK(grey, later, points, points.copy())
    back, again, _ = cv2.calcOpticalFlowPyrLK(later, grey, there, points.copy())
    kept = (found.ravel() == 1) & (again.ravel() == 1)
    kept &= np.linalg.norm((back - points).reshape(-1, 2), axis=1) < 1.0
    return points.reshape(-1, 2)[kept], there.reshape(-1, 2)[kept]


def _motion(points: Points, later: Points) -> npt.NDArray[np.float64] | None:
    """(2, 3) how the face moved: turned, scaled and shifted; None where it cannot be told."""
    if len(points) < LEAST_POINTS:
        return None
    matrix, _ = cv2.estimateAffinePartial2D(points, later, method=cv2.RANSAC)
    return None if matrix is None else np.asarray(matrix, np.float64)


def _shares(points: Points, later: Points, motion: npt.NDArray[np.float64]) -> tuple[int, int]:
    """How many of the points moved as `motion` moves them, and how many did not move, of those
    that it moves far enough."""
    moved = points @ motion[:, :2].T + motion[:, 2] - points
    way = np.linalg.norm(moved, axis=1)
    far_enough = way >= LEAST_SHIFT * FACE_PX
    gone = later - points
    carried = far_enough & (np.linalg.norm(gone - moved, axis=1) < SAME * way)
    stayed = far_enough & (np.linalg.norm(gone, axis=1) < SAME * way)
    return int(carried.sum()), int(stayed.sum())
