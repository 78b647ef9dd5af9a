"""Views of an aligned chip: what may help, or not, when there is one bad photograph of a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from benchmarks.accuracy.turned_face import turned_face
from lookout.faces.detections import Image

View = Callable[[Image], Image]
LUMA = 120.0
"""Mean luma that `brightened` aims at: that of LFW's faces."""
HEAD_RADIUS = 0.4
"""Of the chip's width; the head of `turned` is an upright cylinder."""
JITTERS = ((3.0, 1.0, 0.02, 0.0), (-3.0, 1.05, 0.0, 0.02))
"""Rotation in degrees, zoom, shift in x and y of the width: the range of `dlib.jitter_image`."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The views of a chip whose encodings are averaged, on either side. Chips come in their
    encoder's order of channels (dlib's RGB, reid's BGR); luma is taken as if they were BGR."""

    probe: Sequence[View]
    enrolled: Sequence[View]


def as_it_is(chip: Image) -> Image:
    return chip


def mirrored(chip: Image) -> Image:
    return np.ascontiguousarray(chip[:, ::-1])


def equalised(chip: Image) -> Image:
    """CLAHE on luma: K. Zuiderveld, Graphics Gems IV, 1994."""
    luma_chroma = cv2.cvtColor(chip, cv2.COLOR_BGR2YCrCb)
    luma_chroma[..., 0] = cv2.createCLAHE(2.0, (4, 4)).apply(luma_chroma[..., 0])
    return np.asarray(cv2.cvtColor(luma_chroma, cv2.COLOR_YCrCb2BGR), np.uint8)


def brightened(chip: Image) -> Image:
    """The gamma that takes the mean luma to `LUMA`; brighter chips stay."""
    mean = float(np.clip(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY).mean(), 1, LUMA))
    gamma = np.log(LUMA / 255) / np.log(mean / 255)
    return np.asarray(np.rint(255 * (chip / 255.0) ** gamma), np.uint8)


def denoised(chip: Image) -> Image:
    """Non-local means: A. Buades et al., CVPR 2005."""
    return np.asarray(cv2.fastNlMeansDenoisingColored(chip, None, 6, 6, 5, 15), np.uint8)


def smoothed(chip: Image) -> Image:
    """Bilateral filter: C. Tomasi and R. Manduchi, ICCV 1998."""
    return np.asarray(cv2.bilateralFilter(chip, 5, 25, 2), np.uint8)


def jittered(chip: Image, degrees: float, zoom: float, dx: float, dy: float) -> Image:
    width = chip.shape[1]
    matrix = cv2.getRotationMatrix2D((width / 2, width / 2), degrees, zoom)
    matrix[:, 2] += (dx * width, dy * width)
    turned = cv2.warpAffine(chip, matrix, (width, width), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def turned(chip: Image, yaw_degrees: float) -> Image:
    """The head turned aside, as if it were a cylinder; what was hidden repeats the rim."""
    height, width = chip.shape[:2]
    radius, yaw = HEAD_RADIUS * width, np.radians(yaw_degrees)
    # the aligned chip of a turned head is centred on what was centred before
    x = np.arange(width) - (width - 1) / 2 + radius * np.sin(yaw)
    on_head = np.clip(x, -radius, radius)
    angle = np.clip(np.arcsin(on_head / radius) - yaw, -np.pi / 2, np.pi / 2)
    source = radius * np.sin(angle) + (x - on_head) + (width - 1) / 2
    columns = np.tile(source.astype(np.float32), (height, 1))
    rows = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    replicate = cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.remap(chip, columns, rows, cv2.INTER_LINEAR, borderMode=replicate), np.uint8
    )


PLAIN: tuple[View, ...] = (as_it_is,)
_JITTERED: tuple[View, ...] = (
    as_it_is,
    *(partial(jittered, degrees=d, zoom=z, dx=x, dy=y) for d, z, x, y in JITTERS),
)
_TURNED: tuple[View, ...] = (
    as_it_is,
    partial(turned, yaw_degrees=10),
    partial(turned, yaw_degrees=-10),
)
_TURNED_FACE: tuple[View, ...] = (
    as_it_is,
    partial(turned_face, yaw_degrees=10),
    partial(turned_face, yaw_degrees=-10),
)
VARIANTS: Mapping[str, Variant] = {
    "as it is": Variant(PLAIN, PLAIN),
    "mirror image, both sides": Variant((as_it_is, mirrored), (as_it_is, mirrored)),
    "CLAHE, probe": Variant((equalised,), PLAIN),
    "CLAHE, both sides": Variant((equalised,), (equalised,)),
    "gamma, probe": Variant((brightened,), PLAIN),
    "non-local means, probe": Variant((denoised,), PLAIN),
    "bilateral, probe": Variant((smoothed,), PLAIN),
    "two jitters, both sides": Variant(_JITTERED, _JITTERED),
    "turned by 10 degrees, a cylinder, enrolled": Variant(PLAIN, _TURNED),
    "turned by 10 degrees, a 3-D face, enrolled": Variant(PLAIN, _TURNED_FACE),
    "3-D turns and mirror image; probe mirrored": Variant(
        (as_it_is, mirrored), (*_TURNED_FACE, mirrored)
    ),
}
