"""YuNet: a face detector with five points, of 76 thousand parameters (n) or 54 thousand (s).

Preprocessing: BGR as float32 0..255, no mean, zero padding right and bottom to a multiple of 32;
an image whose longer side is over `longest_px` is reduced to it first. Images of one padded size
share a batch. Method: Wu, Peng and Yu, Machine Intelligence Research 2023; decoding after
libfacedetection.train (Apache-2.0).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from lookout.faces.detect.nms import keep_best
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.runtime.session import NetworkSession

STRIDES = (8, 16, 32)
PAD_PX = 32
MAX_BATCH = 8


class YuNetDetector:
    face_px = 58

    def __init__(
        self,
        session: NetworkSession,
        score: float = 0.8,
        overlap: float = 0.3,
        longest_px: int = 1280,
        name: str = "yunet",
    ) -> None:
        """A face counts from `score` (0..1); boxes that overlap more than `overlap` are one.

        Measured on 129 faces of 18 to 218 px: 0.7 finds all and takes the dots of a tie for faces,
        0.8 finds all but one and does not, 0.9 (OpenCV's default) finds 114.
        """
        self.name = name
        self.facts = session.facts
        self._session = session
        self._score = score
        self._overlap = overlap
        self._longest_px = longest_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """The faces of each image; see `faces.protocols.Detector`."""
        reduced = [reduce_to(image, self._longest_px) for image in images_bgr]
        groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for index, (image, _) in enumerate(reduced):
            groups[padded_size(image)].append(index)
        found = [Detections.empty()] * len(reduced)
        for size_hw, members in groups.items():
            for start in range(0, len(members), MAX_BATCH):
                batch = members[start : start + MAX_BATCH]
                blob = to_blob([reduced[index][0] for index in batch], size_hw)
                outputs = self._session.run(blob)
                for row, index in enumerate(batch):
                    of_image = [output[row] for output in outputs]
                    found[index] = self._faces(of_image, size_hw, reduced[index][1])
        return found

    def _faces(
        self, outputs: Sequence[Floats], size_hw: tuple[int, int], scale: float
    ) -> Detections:
        box_xyxy, score, points_xy = decode(outputs, size_hw, self._score)
        faces = Detections(box_xyxy / scale, score, points_xy / scale)
        return faces.take(keep_best(faces.box_xyxy, faces.score, self._overlap))


def reduce_to(image: Image, longest_px: int) -> tuple[Image, float]:
    """The image with its longer side at most `longest_px`, and reduced size / original size."""
    scale = min(1.0, longest_px / max(image.shape[:2]))
    if scale == 1.0:
        return image, 1.0
    size_wh = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    reduced = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.uint8), scale


def padded_size(image: Image) -> tuple[int, int]:
    """Height and width rounded up to what the three strides divide."""
    height, width = image.shape[:2]
    return -height % PAD_PX + height, -width % PAD_PX + width


def to_blob(images_bgr: Sequence[Image], size_hw: tuple[int, int]) -> Floats:
    """(N, 3, H, W) float32, BGR 0..255, zeros right and bottom."""
    blob = np.zeros((len(images_bgr), 3, *size_hw), np.float32)
    for row, image in zip(blob, images_bgr, strict=True):
        row[:, : image.shape[0], : image.shape[1]] = image.transpose(2, 0, 1)
    return blob


def decode(
    outputs: Sequence[Floats], size_hw: tuple[int, int], least_score: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Raw output of one image to boxes, scores and points, for the cells of at least this score.

    outputs: cls ×3, obj ×3, bbox ×3, kps ×3, each (cells, k) for the strides 8, 16, 32.
    Returns (cells, 4) pixels, (cells,) 0..1 and (cells, 5, 2) pixels, all float32.
    """
    cls, obj, box, kps = (np.concatenate(outputs[i : i + 3]) for i in range(0, 12, 3))
    score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
    good = np.flatnonzero(score >= least_score)
    corner_xy, stride = (of_cells[good] for of_cells in _cells(size_hw))
    centre = corner_xy + box[good, :2] * stride
    half = np.exp(box[good, 2:]) * stride / 2
    points_xy = corner_xy[:, None] + kps[good].reshape(-1, 5, 2) * stride[:, None]
    box_xyxy = np.concatenate([centre - half, centre + half], 1)
    return (
        box_xyxy.astype(np.float32, copy=False),
        score[good].astype(np.float32, copy=False),
        points_xy.astype(np.float32, copy=False),
    )


@lru_cache(maxsize=16)
def _cells(size_hw: tuple[int, int]) -> tuple[Floats, Floats]:
    """The corner (cells, 2) and the stride (cells, 1) of every cell, in pixels."""
    corners, strides = [], []
    for stride in STRIDES:
        rows, columns = size_hw[0] // stride, size_hw[1] // stride
        cell_xy = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
        corners.append(cell_xy * stride)
        strides.append(np.full((len(cell_xy), 1), stride))
    return (
        np.concatenate(corners).astype(np.float32),
        np.concatenate(strides).astype(np.float32),
    )
