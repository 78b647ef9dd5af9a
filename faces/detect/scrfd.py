"""SCRFD: InsightFace's successor of RetinaFace, with five points. Its weights are non-commercial.

Preprocessing: RGB, (x − 127.5) / 128; letterbox: the image fits the 640×640 input, keeping its
proportions, with zeros (before normalization) right and bottom; small images are enlarged.
Method: Guo et al., ICLR 2022; decoding after InsightFace's detection/scrfd (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.detect.nms import keep_best
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.runtime.session import NetworkSession

STRIDES = (8, 16, 32)
ANCHORS = 2
INPUT_PX = 640


class ScrfdDetector:
    face_px = 64

    def __init__(
        self,
        session: NetworkSession,
        score: float = 0.5,
        overlap: float = 0.4,
        name: str = "scrfd",
    ) -> None:
        """A face counts from `score` (0..1); boxes that overlap more than `overlap` are one."""
        self.name = name
        self.facts = session.facts
        self._session = session
        self._score = score
        self._overlap = overlap

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """The faces of each image; see `faces.protocols.Detector`."""
        return [self._detect_one(image) for image in images_bgr]

    def _detect_one(self, image_bgr: Image) -> Detections:
        blob, scale = to_blob(image_bgr)
        outputs = self._session.run(blob)
        box_xyxy, score, points_xy = decode([o.reshape(-1, o.shape[-1]) for o in outputs])
        good = score >= self._score
        faces = Detections(box_xyxy[good] / scale, score[good], points_xy[good] / scale)
        return faces.take(keep_best(faces.box_xyxy, faces.score, self._overlap))


def to_blob(image_bgr: Image) -> tuple[Floats, float]:
    """(1, 3, 640, 640) float32 RGB about −1..1, and letterboxed size / original size."""
    height, width = image_bgr.shape[:2]
    scale = INPUT_PX / max(height, width)
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = np.zeros((INPUT_PX, INPUT_PX, 3), np.uint8)
    canvas[: size_wh[1], : size_wh[0]] = cv2.resize(image_bgr, size_wh)
    blob = (canvas[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / 128
    return np.ascontiguousarray(blob), scale


def decode(outputs: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Raw output of one image to boxes, scores and points, for every anchor.

    outputs: score ×3, bbox ×3, kps ×3, each (anchors, k) for the strides 8, 16, 32; distances are
    in strides from the cell's top left corner. Returns (A, 4), (A,) and (A, 5, 2) float32.
    """
    boxes, scores, points = [], [], []
    for level, stride in enumerate(STRIDES):
        score, box, kps = outputs[level::3]
        cells = np.arange(INPUT_PX // stride) * stride
        corner_xy = np.stack(np.meshgrid(cells, cells), -1).reshape(-1, 2).repeat(ANCHORS, 0)
        box = box * stride
        boxes.append(np.concatenate([corner_xy - box[:, :2], corner_xy + box[:, 2:]], 1))
        scores.append(score[:, 0])
        points.append(corner_xy[:, None] + kps.reshape(-1, 5, 2) * stride)
    return (
        np.concatenate(boxes).astype(np.float32),
        np.concatenate(scores).astype(np.float32),
        np.concatenate(points).astype(np.float32),
    )
