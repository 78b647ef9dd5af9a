"""The input of a network that looks at a face: chips as numbers, as its registry entry says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.protocols import Chip


class FaceInput(Protocol):
    """What differs between such networks; see `faces.models.specs`."""

    @property
    def input_px(self) -> int: ...
    @property
    def order(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def mean(self) -> tuple[float, float, float]: ...
    @property
    def scale(self) -> float | tuple[float, float, float]: ...
    @property
    def standardize(self) -> bool: ...


def to_blob(chips: Sequence[Chip], spec: FaceInput) -> Floats:
    """The network's input for N chips: (x − mean) · scale in its channel order and layout, and then
    with mean 0 and deviation 1 where it wants that.

    Raises ValueError if a chip is not (input_px, input_px, 3): nothing is resized silently.
    """
    shape = (spec.input_px, spec.input_px, 3)
    for chip in chips:
        if not isinstance(chip, np.ndarray) or chip.shape != shape:
            got = chip.shape if isinstance(chip, np.ndarray) else "several chips"
            raise ValueError(f"a chip of this encoder has the shape {shape}, got {got}")
    pixels = np.array(chips, np.float32).reshape(-1, *shape)
    if spec.order == "rgb":
        pixels = pixels[..., ::-1]
    blob = (pixels - np.array(spec.mean, np.float32)) * np.array(spec.scale, np.float32)
    if spec.standardize and len(blob):
        mean = blob.mean(axis=(1, 2, 3), keepdims=True)
        # a chip of one colour has no deviation to divide by
        least = np.float32(1 / np.sqrt(blob[0].size))
        blob = (blob - mean) / np.maximum(blob.std(axis=(1, 2, 3), keepdims=True), least)
    if spec.layout == "nchw":
        blob = blob.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(blob, np.float32)
