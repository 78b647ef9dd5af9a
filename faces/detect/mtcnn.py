"""MTCNN: a cascade of three small networks over an image pyramid, with five points.

Preprocessing: RGB, (x − 127.5) / 128; the pyramid starts where a face of `smallest_px` is 12 pixels
and shrinks by 0.709 down to 12 pixels (area interpolation); R-Net and O-Net see bilinear crops of
24 and 48 pixels. Method: Zhang et al., IEEE Signal Processing Letters 2016; steps and thresholds
after the package `mtcnn` 1.0.0 (MIT), whose weights these are.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.detect.mtcnn_nets import ONET, PNET, RNET, build
from lookout.faces.detect.nms import keep_best
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

CELL_PX = 12
STRIDE = 2
SHRINK = 0.709
MAX_BATCH = 256
THRESHOLDS = (0.6, 0.7, 0.8)
"""The least probability of a face after P-Net, R-Net and O-Net."""


class MtcnnDetector:
    name = "mtcnn"
    face_px = 48

    def __init__(self, choice: RuntimeChoice | None = None, smallest_px: int = 20) -> None:
        """Faces from `smallest_px` are found. Raises ModelMissing if `mtcnn` is not installed."""
        self._smallest_px = smallest_px
        self._pnet = open_session(build(PNET), choice)
        self.facts = self._pnet.facts
        self._rnet = open_session(build(RNET), choice)
        self._onet = open_session(build(ONET), choice)

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """The faces of each image; see `faces.protocols.Detector`."""
        return [self._detect_one(image) for image in images_bgr]

    def _detect_one(self, image_bgr: Image) -> Detections:
        image = (image_bgr[..., ::-1].astype(np.float32) - np.float32(127.5)) / np.float32(128)
        box_xyxy = self._propose(image)
        if len(box_xyxy) == 0:
            return Detections.empty()

        offset, probability = _run(self._rnet, _patches(image, box_xyxy, 24))
        box_xyxy, score = _refine(box_xyxy, offset), probability[:, 1]
        good = score > THRESHOLDS[1]
        box_xyxy, score = box_xyxy[good], score[good]
        box_xyxy = _square(box_xyxy[keep_best(box_xyxy, score, 0.7)])
        if len(box_xyxy) == 0:
            return Detections.empty()

        offset, points, probability = _run(self._onet, _patches(image, box_xyxy, 48))
        size_wh = box_xyxy[:, None, 2:] - box_xyxy[:, None, :2] + 1
        points_xy = (
            points.reshape(-1, 2, 5).transpose(0, 2, 1) * size_wh + box_xyxy[:, None, :2] - 1
        )
        box_xyxy, score = _refine(box_xyxy, offset), probability[:, 1]
        good = score > THRESHOLDS[2]
        faces = Detections(box_xyxy[good], score[good], points_xy[good].astype(np.float32))
        return faces.take(keep_best(faces.box_xyxy, faces.score, 0.7, over="smaller"))

    def _propose(self, image: Floats) -> Floats:
        """P-Net over the pyramid: (N, 4) square boxes."""
        boxes, scores = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
        for scale in pyramid(image.shape[0], image.shape[1], self._smallest_px):
            size_wh = (int(image.shape[1] * scale), int(image.shape[0] * scale))
            level = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
            blob = np.ascontiguousarray(level.transpose(2, 0, 1)[None], np.float32)
            offset, probability = self._pnet.run(blob)
            box_xyxy, score = decode_cells(offset[0], probability[0, 1], THRESHOLDS[0])
            kept = keep_best(box_xyxy, score, 0.5)
            boxes.append(box_xyxy[kept] / np.float32(scale))
            scores.append(score[kept])
        box_xyxy, score = np.concatenate(boxes), np.concatenate(scores)
        return _square(box_xyxy[keep_best(box_xyxy, score, 0.7)])


def pyramid(height: int, width: int, smallest_px: int) -> list[float]:
    """The scales at which P-Net looks at an image, largest first."""
    scales = []
    scale = CELL_PX / smallest_px
    while min(height, width) * scale >= CELL_PX:
        scales.append(scale)
        scale *= SHRINK
    return scales


def decode_cells(offset: Floats, probability: Floats, threshold: float) -> tuple[Floats, Floats]:
    """P-Net's output of one level to boxes in pixels of that level.

    offset: (4, rows, columns), in sides of the cell; probability: (rows, columns) of a face.
    Returns (N, 4) and (N,) for the cells over `threshold`.
    """
    row, column = np.nonzero(probability > threshold)
    corner = np.stack([column, row, column, row], 1) * STRIDE
    cell = corner + np.array([1, 1, CELL_PX, CELL_PX])
    box_xyxy = cell + offset[:, row, column].T * (CELL_PX - 1)
    return box_xyxy.astype(np.float32), probability[row, column]


def _run(net: NetworkSession, patches: Floats) -> list[Floats]:
    parts = [net.run(patches[i : i + MAX_BATCH]) for i in range(0, len(patches), MAX_BATCH)]
    return [np.concatenate(head) for head in zip(*parts, strict=True)]


def _patches(image: Floats, box_xyxy: Floats, side: int) -> Floats:
    """(N, 3, side, side): the corners of a box fall on the centres of the patch's corner pixels."""
    limit = np.array([image.shape[1] - 1, image.shape[0] - 1], np.float32)
    shrink = limit / (limit + 1)
    patches = np.empty((len(box_xyxy), side, side, 3), np.float32)
    for patch, box in zip(patches, box_xyxy, strict=True):
        start, step = box[:2] * shrink, (box[2:] - box[:2]) * shrink / (side - 1)
        matrix = np.array([[step[0], 0, start[0]], [0, step[1], start[1]]], np.float64)
        patch[:] = cv2.warpAffine(
            image, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
    return np.ascontiguousarray(patches.transpose(0, 3, 1, 2))


def _refine(box_xyxy: Floats, offset: Floats) -> Floats:
    size_wh = box_xyxy[:, 2:] - box_xyxy[:, :2] + 1
    return np.asarray(box_xyxy + offset * np.tile(size_wh, 2), np.float32)


def _square(box_xyxy: Floats) -> Floats:
    centre = (box_xyxy[:, :2] + box_xyxy[:, 2:]) / 2
    half = (box_xyxy[:, 2:] - box_xyxy[:, :2]).max(axis=1, initial=0, keepdims=True) / 2
    return np.concatenate([centre - half, centre + half], 1)
