"""One detector and one encoder for the whole server, lent to its threads.

Recognition, uploads, the judging of photographs and imports all need the networks; one copy is
enough for the memory of a GPU, and a network is called from one thread at a time. Calls that come
together share a batch (`server.batching`), whether they are of cameras or of uploads.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from faces.detections import Detections, Floats, Image
from faces.seams import Chip, Detector, Encoder
from server.batching import Batching, Work


class SharedDetector:
    """A `faces.seams.Detector` that any thread may call."""

    def __init__(self, detector: Detector, batching: Batching) -> None:
        self._detector = detector
        self._batching = batching
        self._work: Work[Image, Detections] = Work(detector.detect, size=_pixels, shape=np.shape)

    @property
    def name(self) -> str:
        return self._detector.name

    @property
    def face_px(self) -> int:
        return self._detector.face_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        return self._batching.call(self._work, images_bgr)


class SharedEncoder:
    """A `faces.seams.Encoder` that any thread may call."""

    def __init__(self, encoder: Encoder, batching: Batching) -> None:
        self._encoder = encoder
        self._batching = batching
        self._work: Work[Chip, Floats] = Work(lambda chips: list(encoder.encode(chips)))
        # chips are cut beside the network, not in it: nobody waits for a batch to cut one
        self._aligning = threading.Lock()

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def tolerance(self) -> float:
        return self._encoder.tolerance

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        with self._aligning:
            return self._encoder.align(image_bgr, detections)

    def encode(self, chips: Sequence[Chip]) -> Floats:
        rows = self._batching.call(self._work, chips)
        return np.array(rows, np.float32).reshape(len(rows), self.dimension)


def _pixels(image_bgr: Image) -> int:
    height, width = image_bgr.shape[:2]
    return int(height * width)
