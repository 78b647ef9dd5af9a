"""dlib's face encoder, its own weights run as an ONNX graph: the default encoder.

Preprocessing: chips of `dlib.get_face_chip`, 150×150, padding 0.25, RGB uint8, from the 5-point
predictor; mean and scale are in the graph. In float32 within 1e-6 of
`dlib.face_recognition_model_v1`; what bfloat16 and int8 cost stands in docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dlib
import numpy as np
import numpy.typing as npt

from lookout.faces.chips import CHIP_PX, ChipCutter
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import RESNET, dlib_weights
from lookout.faces.dlibnet.graphs import cached_graph
from lookout.faces.dlibnet.resnet import FORMAT, INT8_FORMAT, build_resnet, build_resnet_int8
from lookout.faces.protocols import Chip
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import RuntimeChoice, RuntimeFacts

_BATCH_CPU = 16
"""A chip costs the same from 8 up on two cores; larger batches only take memory."""
_BATCH_GPU = 256


class Dlib128Encoder:
    """128-D encodings that interchange with every dlib and `face_recognition` gallery.

    jitters: how many randomly shifted, turned, zoomed and mirrored copies of a chip are averaged
    (`dlib.jitter_image`); 0 and 1 mean the chip itself. flip: average with the mirrored chip.
    """

    name = "dlib-128"
    dimension = 128
    tolerance = 0.6

    def __init__(
        self,
        choice: RuntimeChoice | None = None,
        *,
        jitters: int = 0,
        flip: bool = False,
        cache: Path | None = None,
    ) -> None:
        if jitters < 0:
            raise ValueError(f"jitters must be 0 or more, got {jitters}")
        self._cutter = ChipCutter()
        self._session = open_session(_graph(choice, cache), choice)
        self._batch = _BATCH_GPU if self._session.facts.device == "cuda" else _BATCH_CPU
        self._jitters = jitters
        self._flip = flip

    @property
    def facts(self) -> RuntimeFacts:
        """The runtime that computes, as it reported itself."""
        return self._session.facts

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return list(self._cutter.chips(image_bgr, detections))

    def encode(self, chips: Sequence[Chip]) -> Floats:
        """(N, 128) float32. Raises ValueError for a chip that is not (150, 150, 3) uint8."""
        views = [self._views(_checked(chip)) for chip in chips]
        encodings = self._run([view for group in views for view in group])
        ends = np.cumsum([len(group) for group in views])
        means = [group.mean(axis=0) for group in np.split(encodings, ends)[:-1]]
        return np.array(means, np.float32).reshape(len(chips), self.dimension)

    def _views(self, chip: Image) -> list[Image]:
        """The pictures whose encodings are averaged for one chip."""
        views = dlib.jitter_image(chip, self._jitters) if self._jitters > 1 else [chip]
        return [*views, *(view[:, ::-1] for view in views)] if self._flip else views

    def _run(self, views: list[Image]) -> Floats:
        encodings = np.zeros((len(views), self.dimension), np.float32)
        for start in range(0, len(views), self._batch):
            part = slice(start, start + self._batch)
            (encodings[part],) = self._session.run(np.stack(views[part]))
        return encodings


def _graph(choice: RuntimeChoice | None, cache: Path | None) -> bytes:
    weights = dlib_weights(RESNET)
    if choice is not None and choice.precision == "int8":
        return cached_graph(weights, INT8_FORMAT, build_resnet_int8, cache)
    return cached_graph(weights, FORMAT, build_resnet, cache)


def _checked(chip: Chip) -> npt.NDArray[np.uint8]:
    shape = (CHIP_PX, CHIP_PX, 3)
    if not isinstance(chip, np.ndarray) or chip.shape != shape or chip.dtype != np.uint8:
        found = f"{chip.dtype} {chip.shape}" if isinstance(chip, np.ndarray) else type(chip)
        raise ValueError(
            f"dlib-128 encodes uint8 chips of {shape}, got {found}; make chips with align()"
        )
    return chip
