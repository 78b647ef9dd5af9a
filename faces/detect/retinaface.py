"""RetinaFace with a MobileNet of a quarter of its width: 0.4 million parameters, five points.

Preprocessing: BGR as float32 less the mean of each channel, zero padding (after the mean) right and
bottom to a multiple of 32; an image whose longer side is over `longest_px` is reduced to it first.
Method: Deng et al., 'RetinaFace: Single-stage Dense Face Localisation in the Wild', CVPR 2020; the
anchors and variances are those of the training of the weights (yakhyo/retinaface-pytorch, MIT).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from lookout.faces.detect.nms import keep_best
from lookout.faces.detect.yunet import padded_size, reduce_to
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.runtime.session import NetworkSession

ANCHORS = {8: (16, 32), 16: (64, 128), 32: (256, 512)}
"""Stride in pixels to the sides of the two square anchors of each cell."""
MEAN_BGR = np.array([104, 117, 123], np.float32)
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2


class RetinaFaceDetector:
    name = "retinaface"
    face_px = 64

    def __init__(
        self,
        session: NetworkSession,
        score: float = 0.8,
        overlap: float = 0.4,
        longest_px: int = 1280,
    ) -> None:
        """A face counts from `score` (0..1); boxes that overlap more than `overlap` are one."""
        self.facts = session.facts
        self._session = session
        self._score = score
        self._overlap = overlap
        self._longest_px = longest_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """The faces of each image; see `faces.protocols.Detector`."""
        return [self._detect_one(image) for image in images_bgr]

    def _detect_one(self, image_bgr: Image) -> Detections:
        reduced, scale = reduce_to(image_bgr, self._longest_px)
        size_hw = padded_size(reduced)
        box, confidence, points = self._session.run(to_blob(reduced, size_hw))
        box_xyxy, points_xy = decode(box[0], points[0], size_hw)
        score = np.asarray(confidence[0, :, 1], np.float32)
        good = score >= self._score
        faces = Detections(box_xyxy[good] / scale, score[good], points_xy[good] / scale)
        return faces.take(keep_best(faces.box_xyxy, faces.score, self._overlap))


def to_blob(image_bgr: Image, size_hw: tuple[int, int]) -> Floats:
    """(1, 3, H, W) float32, BGR less its mean, zeros right and bottom."""
    height, width = image_bgr.shape[:2]
    blob = np.zeros((1, 3, *size_hw), np.float32)
    blob[0, :, :height, :width] = (image_bgr.astype(np.float32) - MEAN_BGR).transpose(2, 0, 1)
    return blob


def decode(box: Floats, points: Floats, size_hw: tuple[int, int]) -> tuple[Floats, Floats]:
    """Raw output of one image, (A, 4) and (A, 10), to boxes (A, 4) and points (A, 5, 2), pixels.

    A box is given by the shift of its centre in sides of the anchor and by the logarithm of its
    size, both divided by a variance; a point as the centre is.
    """
    centre, side = _anchors(size_hw)
    middle = centre + box[:, :2] * CENTRE_VARIANCE * side
    half = side * np.exp(box[:, 2:] * SIZE_VARIANCE) / 2
    points_xy = centre[:, None] + points.reshape(-1, 5, 2) * CENTRE_VARIANCE * side[:, None]
    box_xyxy = np.concatenate([middle - half, middle + half], axis=1)
    return box_xyxy.astype(np.float32), points_xy.astype(np.float32)


@lru_cache(maxsize=8)
def _anchors(size_hw: tuple[int, int]) -> tuple[Floats, Floats]:
    """(A, 2) centres and (A, 1) sides in pixels: row by row, a cell's two anchors together."""
    centres, sides = [], []
    for stride, of_cell in ANCHORS.items():
        rows, columns = size_hw[0] // stride, size_hw[1] // stride
        cell_xy = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
        centres.append(((cell_xy + 0.5) * stride).repeat(len(of_cell), axis=0))
        sides.append(np.tile(np.array(of_cell, np.float32), len(cell_xy)))
    return np.concatenate(centres).astype(np.float32), np.concatenate(sides)[:, None]
