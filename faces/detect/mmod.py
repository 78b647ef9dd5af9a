"""dlib's CNN face detector, its own weights run as an ONNX graph.

Preprocessing: RGB minus the network's mean; the picture and all its reductions by 5/6 on one sheet
(`faces.dlibnet.pyramid`); `upsample` doubles the picture that many times first. The smallest face
is about 80 px wide without upsampling, 40 px with one. The faces are those of
`dlib.cnn_face_detection_model_v1`. Method: D. King, arXiv:1502.00046.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import dlib
import numpy as np
import numpy.typing as npt

from lookout.faces.chips import as_image
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import MMOD, dlib_weights
from lookout.faces.dlibnet import pyramid
from lookout.faces.dlibnet.graphs import cached_graph
from lookout.faces.dlibnet.mmod import FORMAT, MmodFacts, build_mmod, mmod_facts
from lookout.faces.dlibnet.reader import read_network
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import RuntimeChoice, RuntimeFacts

_BATCH_GPU = 8
_DOUBLING_SHIFT_XY = (1.25, 0.75)

Indices = npt.NDArray[np.intp]
Doubles = npt.NDArray[np.float64]


class MmodDetector:
    """Finds faces from 80 px. threshold: the least score; dlib's own is 0."""

    name = "mmod"

    def __init__(
        self,
        choice: RuntimeChoice | None = None,
        *,
        upsample: int = 0,
        threshold: float = 0.0,
        cache: Path | None = None,
    ) -> None:
        if upsample < 0:
            raise ValueError(f"upsample must be 0 or more, got {upsample}")
        self.face_px = 95 >> upsample
        weights = dlib_weights(MMOD)
        self._network = mmod_facts(read_network(weights))
        self._session = open_session(cached_graph(weights, FORMAT, build_mmod, cache), choice)
        # on a CPU a batch is no faster, and a sheet of 1280×960 takes 60 MB
        self._batch = _BATCH_GPU if self._session.facts.device == "cuda" else 1
        self._upsample = upsample
        self._threshold = threshold
        self._tiles: Floats = np.zeros((0, 3, 0, 0), np.float32)
        self._tiled: pyramid.Sheet | None = None

    @property
    def facts(self) -> RuntimeFacts:
        """The runtime that computes, as it reported itself."""
        return self._session.facts

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """The faces of each image; see `faces.protocols.Detector`."""
        found = [Detections.empty()] * len(images_bgr)
        by_size: dict[tuple[int, ...], list[int]] = {}
        for index, image in enumerate(images_bgr):
            by_size.setdefault(image.shape, []).append(index)
        for members in by_size.values():
            for start in range(0, len(members), self._batch):
                part = members[start : start + self._batch]
                results = self._detect_alike([images_bgr[index] for index in part])
                for index, result in zip(part, results, strict=True):
                    found[index] = result
        return found

    def _detect_alike(self, images_bgr: list[Image]) -> list[Detections]:
        """The faces of images of one size."""
        images = [
            double(as_image(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)), self._upsample)
            for image in images_bgr
        ]
        network = self._network
        height, width = images[0].shape[:2]
        sheet = pyramid.lay_out(height, width, network.padding_px, network.border_px)
        if min(sheet.size_hw) < network.least_px:
            return [Detections.empty()] * len(images)
        tiles = self._tiles_for(sheet, len(images))
        for image, tile in zip(images, tiles, strict=True):
            pyramid.fill(sheet, image, network.mean_rgb, tile)
        (scores,) = self._session.run(tiles)
        return [self._faces(sheet, score[0]) for score in scores]

    def _tiles_for(self, sheet: pyramid.Sheet, count: int) -> Floats:
        """Sheets whose gaps are zero; kept, because frames of a camera all have one size."""
        if self._tiled != sheet or len(self._tiles) != count:
            self._tiles = np.zeros((count, 3, *sheet.size_hw), np.float32)
            self._tiled = sheet
        return self._tiles

    def _faces(self, sheet: pyramid.Sheet, score_map: Floats) -> Detections:
        rows, columns = np.nonzero(score_map > self._threshold)
        score = score_map[rows, columns]
        box_xyxy = _whole(pyramid.to_image(sheet, windows(self._network, rows, columns)))
        order = np.argsort(-score, kind="stable")
        kept = suppress(box_xyxy[order], self._network.nms_iou, self._network.nms_covered)
        box_xyxy = half(box_xyxy[order][kept], self._upsample)
        # dlib's right and bottom are the last pixel of the face, ours the edge behind it
        box_xyxy = box_xyxy + np.array([0, 0, 1, 1])
        return Detections(box_xyxy.astype(np.float32), score[order][kept])


def double(image_rgb: Image, times: int) -> Image:
    """The picture enlarged as dlib's `pyramid_up` does it: twice the size and a few pixels."""
    for _ in range(times):
        height, width = image_rgb.shape[:2]
        image_rgb = dlib.resize_image(image_rgb, 2 * height + 1, 2 * width + 2)
    return image_rgb


def half(box_xyxy: Doubles, times: int) -> Doubles:
    """Boxes of a picture that was doubled, moved back to the original: dlib's `rect_down`."""
    for _ in range(times):
        box_xyxy = box_xyxy / 2 - np.array(_DOUBLING_SHIFT_XY * 2)
    return _whole(box_xyxy)


def windows(network: MmodFacts, rows: Indices, columns: Indices) -> Doubles:
    """(N, 4) boxes on the sheet, first to last pixel, that these places of the scores stand for."""
    centre_xy = np.stack((columns, rows), axis=1) * network.step_px + network.first_px
    reach_xy = (np.array(network.window_wh) - 1) / 2
    return np.concatenate((centre_xy - reach_xy, centre_xy + reach_xy), axis=1)


def suppress(box_xyxy: Doubles, iou: float, covered: float) -> Indices:
    """The indices of those boxes (N, 4), best first, that no better one overlaps.

    dlib's measure (`box_overlap_testing.h`): the shared area, in whole pixels, over that of the
    smallest rectangle around both, and over each of the two.
    """
    kept: list[int] = []
    for index, box in enumerate(box_xyxy):
        better = box_xyxy[kept]
        shared = _area(np.maximum(better[:, :2], box[:2]), np.minimum(better[:, 2:], box[2:]))
        around = _area(np.minimum(better[:, :2], box[:2]), np.maximum(better[:, 2:], box[2:]))
        smaller = np.minimum(_area(better[:, :2], better[:, 2:]), _area(box[:2], box[2:]))
        if not np.any((shared > iou * around) | (shared > covered * smaller)):
            kept.append(index)
    return np.array(kept, np.intp)


def _area(low_xy: Doubles, high_xy: Doubles) -> Doubles:
    """Pixels between the first and the last corner, both included; 0 where they are crossed."""
    return np.asarray(np.clip(high_xy - low_xy + 1, 0, None).prod(axis=-1), np.float64)


def _whole(box_xyxy: Doubles) -> Doubles:
    """Rounded to pixels as dlib rounds: halves go away from zero."""
    return np.asarray(np.trunc(box_xyxy + np.copysign(0.5, box_xyxy)), np.float64)
