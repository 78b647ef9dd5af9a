"""The protocols of a detector and of an encoder: the seams of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Detections, Floats, Image

Chip = npt.NDArray[np.uint8] | tuple[npt.NDArray[np.uint8], ...]
"""One aligned face crop as its encoder wants it; opaque to all other code. Lists of chips of one
encoder concatenate, whichever images they come from: that is how cameras share a batch."""


class Detector(Protocol):
    """Finds faces. Implementations are safe to call from one thread at a time."""

    @property
    def name(self) -> str:
        """A short stable name: `hog`, `mmod`, `yunet` …"""

    @property
    def face_px(self) -> int:
        """A face size that it finds reliably, not much above the smallest it finds: the longer
        side of the box in pixels."""

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        """One `Detections` for each image, in order; images may differ in size."""


class Encoder(Protocol):
    """Turns faces into encodings. Implementations are safe to call from one thread at a time."""

    @property
    def name(self) -> str:
        """A short stable name that a gallery remembers: `dlib-128`, `reid-0095` …"""

    @property
    def dimension(self) -> int:
        """Floats in an encoding."""

    @property
    def tolerance(self) -> float:
        """The Euclidean distance under which two encodings are usually of one person.

        Encoders that are compared by cosine return unit vectors, so that Euclidean distance
        orders them the same way: d² = 2 − 2·cos.
        """

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        """One chip for each face, in order. Uses the detections' points where they help."""

    def encode(self, chips: Sequence[Chip]) -> Floats:
        """(N, dimension) float32 for N chips; (0, dimension) for none."""
