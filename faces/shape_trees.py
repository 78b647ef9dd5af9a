"""Regression trees that put points on a face: dlib's landmark predictors, computed here.

Method: V. Kazemi and J. Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression
Trees", CVPR 2014. From a mean face in the box, each stage looks at pixels near the points that it
has so far, and each of its trees moves these points by one of its leaves. Sums, precision and
rounding follow dlib's, so that the points are the same (`tests/faces/test_landmarks.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image

Integers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class ShapeTrees:
    """S stages of T trees with L leaves, a power of two; a stage looks at F pixels for P points.

    mean_xy:    (P, 2) float32, in a box with sides of 1.
    anchors:    (S, F) int32: the point that each pixel lies near,
    offsets_xy: (S, F, 2) float32: and how far from it in the mean face.
    compared:   (S, T, L - 1, 2) int32: the pixels whose light each node compares: to the left
    thresholds: (S, T, L - 1) float32: where the first is lighter by more than this.
    leaves:     (S, T, L, 2 P) float32: how the points move, x and y by turns.
    """

    mean_xy: Floats
    anchors: Integers
    offsets_xy: Floats
    compared: Integers
    thresholds: Floats
    leaves: Floats

    def fit(self, image_bgr: Image, boxes_px: npt.NDArray[np.intp]) -> Floats:
        """(N, P, 2) float32: the points, whole pixels. `boxes_px` (N, 4): the first and the last
        column and row of each face, as left, top, right, bottom; they may lie outside."""
        corner_xy = boxes_px[:, None, :2].astype(np.float64)
        reach_wh = boxes_px[:, None, 2:] - corner_xy
        shapes = np.tile(self.mean_xy, (len(boxes_px), 1, 1))
        for stage in range(len(self.anchors)):
            near = shapes[:, self.anchors[stage]] + self._turned(stage, shapes)
            light = _light(image_bgr, _pixels(near * reach_wh + corner_xy))
            shapes = self._moved(stage, shapes, self._leaves_reached(stage, light))
        return _pixels(shapes * reach_wh + corner_xy).astype(np.float32)

    def _turned(self, stage: int, shapes: Floats) -> Floats:
        """(N, F, 2) the offsets of a stage, turned and scaled as each face is to the mean one."""
        mean = self.mean_xy - self.mean_xy.mean(0, dtype=np.float64)
        faces = shapes - shapes.mean(1, dtype=np.float64, keepdims=True)
        spread = np.square(mean).sum()
        cosine = (faces * mean).sum((1, 2)) / spread
        sine = (faces[..., 1] * mean[:, 0] - faces[..., 0] * mean[:, 1]).sum(1) / spread
        cosine, sine = (part.astype(np.float32)[:, None] for part in (cosine, sine))
        x, y = self.offsets_xy[stage].T
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)

    def _leaves_reached(self, stage: int, light: Floats) -> npt.NDArray[np.intp]:
        """(T, N) the leaf of each tree at which a face (N, F) arrives."""
        first, second = self.compared[stage].transpose(2, 0, 1)
        to_left = light[:, first] - light[:, second] > self.thresholds[stage]
        faces, trees, nodes = to_left.shape
        at = np.zeros((faces, trees, 1), np.intp)
        for _ in range(nodes.bit_length()):
            at = 2 * at + 2 - np.take_along_axis(to_left, at, axis=2)
        return np.asarray(at[..., 0] - nodes, np.intp).T

    def _moved(self, stage: int, shapes: Floats, reached: npt.NDArray[np.intp]) -> Floats:
        """The shapes after one leaf of each tree, added one after another as dlib does."""
        trees, leaves, values = self.leaves[stage].shape
        rows = reached + leaves * np.arange(trees)[:, None]
        terms = np.empty((trees + 1, len(shapes), values), np.float32)
        terms[0] = shapes.reshape(len(shapes), values)
        flat = self.leaves[stage].reshape(-1, values)
        np.take(flat, rows, axis=0, out=terms[1:], mode="clip")  # the only mode without a copy
        return np.asarray(terms.sum(axis=0)).reshape(shapes.shape)


def _pixels(points_xy: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The pixels in which points lie, halves upwards."""
    return np.floor(points_xy + 0.5).astype(np.intp)


def _light(image_bgr: Image, pixels_xy: npt.NDArray[np.intp]) -> Floats:
    """(N, F) float32: the mean of the three colours, a whole number; 0 outside the picture."""
    height, width = image_bgr.shape[:2]
    x, y = np.moveaxis(pixels_xy, -1, 0)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    colours = image_bgr[np.where(inside, y, 0), np.where(inside, x, 0)]
    light = colours.sum(axis=-1, dtype=np.int32) // 3
    return np.where(inside, light, 0).astype(np.float32)
