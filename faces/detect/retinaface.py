"""RetinaFace with a MobileNet of a quarter of the width: five points, 1.7 MB, pictures of any size.

Preprocessing: BGR as float32 0..255 minus (104, 117, 123); an image whose longer side is over
`longest_px` is reduced to it first. Method: Deng et al., CVPR 2020; the anchors and the decoding
are those of SSD (Liu et al., ECCV 2016) with the sizes that RetinaFace gives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookout.faces.detect.nms import keep_best
from lookout.faces.detect.yunet import reduce_to
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.runtime.session import NetworkSession

STRIDES = (8, 16, 32)
SIZES_PX = ((16, 32), (64, 128), (256, 512))
"""Of the two anchors of a cell, for each stride."""
MEAN_BGR = (104.0, 117.0, 123.0)
CENTRE, SIZE = 0.1, 0.2
"""What the network's numbers for centres and points, and for sizes, are multiplied by."""


class RetinaFaceDetector:
    name = "retinaface"
    face_px = 40

    def __init__(
        self,
        session: NetworkSession,
        score: float = 0.5,
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
        image, scale = reduce_to(image_bgr, self._longest_px)
        blob = image.astype(np.float32) - np.array(MEAN_BGR, np.float32)
        outputs = self._session.run(np.ascontiguousarray(blob.transpose(2, 0, 1)[None]))
        box_xyxy, score, points_xy = decode([o[0] for o in outputs], image.shape[:2])
        good = score >= self._score
        faces = Detections(box_xyxy[good] / scale, score[good], points_xy[good] / scale)
        return faces.take(keep_best(faces.box_xyxy, faces.score, self._overlap))


def anchors(size_hw: tuple[int, int]) -> Floats:
    """(A, 4) float32: centre, width and height of each anchor in pixels, row by row."""
    found = []
    for stride, sizes in zip(STRIDES, SIZES_PX, strict=True):
        rows, columns = (-(-side // stride) for side in size_hw)
        cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
        centres = ((cells + 0.5) * stride).repeat(len(sizes), axis=0)
        sides = np.tile(np.array(sizes, np.float32), len(cells))
        found.append(np.column_stack([centres, sides, sides]))
    return np.concatenate(found).astype(np.float32)


def decode(outputs: Sequence[Floats], size_hw: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Raw output of one image to boxes, scores and points, for every anchor.

    outputs: (A, 4) boxes, (A, 2) shares of background and face, (A, 10) points, relative to the
    anchors. Returns (A, 4) pixels, (A,) 0..1 and (A, 5, 2) pixels, all float32.
    """
    box, share, points = outputs
    place = anchors(size_hw)
    centre = place[:, :2] + box[:, :2] * CENTRE * place[:, 2:]
    half = place[:, 2:] * np.exp(np.minimum(box[:, 2:] * SIZE, 10.0)) / 2
    points_xy = place[:, None, :2] + points.reshape(-1, 5, 2) * CENTRE * place[:, None, 2:]
    return (
        np.concatenate([centre - half, centre + half], 1).astype(np.float32),
        share[:, 1].astype(np.float32),
        points_xy.astype(np.float32),
    )
