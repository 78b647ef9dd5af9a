"""The shared engines: one detector and one encoder for all threads of the server.

Recognition, uploads, the judging of photographs and imports all need the networks; one copy is
enough for the memory of a GPU, and a network is called from one thread at a time. Simultaneous
calls share a batch (`server.inference.batching`), whether they come from cameras or uploads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from lookout.faces.detections import Detections, Floats, Image, pixel_count
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.faces.runtime.session import RuntimeFacts
from lookout.server.inference.batching import Batching, Work

AT_ONCE_ON_CPU_PX = 640 * 480
"""A processor searches no more pixels at once. Measured with YuNet and 640×480: 17 ms of processor
time for a picture by itself, 21 for each of four together, 28 of eight; and the runtime keeps 20 MB
for every further one that it has once had together, so a server grew with its second camera."""


class SharedDetector:
    """A `faces.protocols.Detector` that any thread may call."""

    def __init__(
        self,
        detector: Detector,
        batching: Batching,
        count: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`count` is told the detector's name at each call."""
        self._detector = detector
        self._count = count
        self._batching = batching
        self.facts: object = getattr(detector, "facts", None)
        gpu = isinstance(self.facts, RuntimeFacts) and self.facts.device != "cpu"
        compute = detector.detect if gpu else self._detect_in_parts
        self._work: Work[Image, Detections] = Work(compute, size=pixel_count, shape=np.shape)

    @property
    def name(self) -> str:
        return self._detector.name

    @property
    def face_px(self) -> int:
        return self._detector.face_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self._count(self._detector.name)
        return self._batching.call(self._work, images_bgr)

    def _detect_in_parts(self, images_bgr: Sequence[Image]) -> list[Detections]:
        found: list[Detections] = []
        part: list[Image] = []
        for image_bgr in images_bgr:
            if part and sum(map(pixel_count, part)) + pixel_count(image_bgr) > AT_ONCE_ON_CPU_PX:
                found += self._detector.detect(part)
                part = []
            part.append(image_bgr)
        return found + (self._detector.detect(part) if part else [])


class SharedEncoder:
    """A `faces.protocols.Encoder` that any thread may call."""

    def __init__(
        self,
        encoder: Encoder,
        batching: Batching,
        count: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`count` is told the encoder's name at each call."""
        self._encoder = encoder
        self._count = count
        self.facts: object = getattr(encoder, "facts", None)
        self._batching = batching
        self._work: Work[Chip, Floats] = Work(lambda chips: list(encoder.encode(chips)))
        # chips are cut outside the network: nobody waits for a batch to cut one
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
        self._count(self._encoder.name)
        rows = self._batching.call(self._work, chips)
        return np.array(rows, np.float32).reshape(len(rows), self.dimension)
