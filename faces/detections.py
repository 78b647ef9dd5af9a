"""The faces that a detector found in one image, held as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""An image: (height, width, 3) uint8; the variable's name says the order, `image_bgr`."""

Floats = npt.NDArray[np.float32]


def pixel_count(image: Image) -> int:
    """Height times width."""
    height, width = image.shape[:2]
    return int(height * width)


@dataclass(frozen=True, slots=True)
class Detections:
    """N faces of one image, best score first. N = 0 is an ordinary value.

    box_xyxy:  (N, 4) float32, pixels, origin top left; a box may reach outside the image.
    score:     (N,) float32, the detector's own confidence; its scale differs between detectors.
    points_xy: (N, 5, 2) float32 or None: left eye, right eye, nose tip, left and right mouth
               corner, "left" being the viewer's left, in pixels. None where the detector has none.

    Raises ValueError, with the expected and the actual shape, on construction.
    """

    box_xyxy: Floats
    score: Floats
    points_xy: Floats | None = None

    def __post_init__(self) -> None:
        count = len(self.score)
        _check("score", self.score, (count,))
        _check("box_xyxy", self.box_xyxy, (count, 4))
        if self.points_xy is not None:
            _check("points_xy", self.points_xy, (count, 5, 2))

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def empty(cls) -> Detections:
        """The detections of an image without a face."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))

    @property
    def size_wh(self) -> Floats:
        """(N, 2) float32: width and height of each box in pixels."""
        return self.box_xyxy[:, 2:] - self.box_xyxy[:, :2]

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Detections:
        """The faces that `index` selects, in its order."""
        points = None if self.points_xy is None else self.points_xy[index]
        return Detections(self.box_xyxy[index], self.score[index], points)

    def largest(self, most: int) -> Detections:
        """At most so many faces, those with the widest boxes, in the same order."""
        if len(self) <= most:
            return self
        return self.take(np.sort(np.argsort(-self.size_wh[:, 0], kind="stable")[:most]))


def iou_matrix(a_xyxy: Floats, b_xyxy: Floats) -> Floats:
    """Intersection over union of every pair of boxes.

    a_xyxy: (A, 4), b_xyxy: (B, 4). Returns (A, B) float32 in 0..1; 0 where a box is empty.
    """
    top_left = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    bottom_right = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    overlap = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    area_a = np.clip(a_xyxy[:, 2:] - a_xyxy[:, :2], 0, None).prod(axis=1)
    area_b = np.clip(b_xyxy[:, 2:] - b_xyxy[:, :2], 0, None).prod(axis=1)
    union = area_a[:, None] + area_b[None, :] - overlap
    shares = np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)
    return np.asarray(shares, np.float32)


def _check(name: str, array: Floats, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype != np.float32:
        raise ValueError(
            f"{name} must be float32 of shape {shape}, got {array.dtype} of shape {array.shape}"
        )
