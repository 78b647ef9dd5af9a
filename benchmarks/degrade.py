"""Makes a good photograph as bad as a camera at night would. Deterministic for each picture.

The recipes stand in docs/benchmarks.md word for word; change both or neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import cv2
import numpy as np

from faces.detections import Image

DARK_EXPOSURE = 0.04
DARK_FULL_WELL_ELECTRONS = 2000.0
DARK_READ_NOISE_ELECTRONS = 3.0
GAMMA = 2.2
BLUR_SIGMA_SHARE = 0.012
SMALL_FACTOR = 0.25
JPEG_QUALITY = 10


def degrade(image_bgr: Image, recipe: str) -> Image:
    """The picture after `recipe`, same size. Raises ValueError for a recipe that is not there."""
    if recipe not in RECIPES:
        raise ValueError(f"no degradation {recipe!r}; there is: {', '.join(RECIPES)}")
    return RECIPES[recipe](image_bgr)


def _dark(image_bgr: Image) -> Image:
    """A short exposure: 4 % of the light, photon noise, read noise, no brightening afterwards."""
    seed = hashlib.sha256(image_bgr.tobytes()).digest()
    random = np.random.default_rng(int.from_bytes(seed[:8], "little"))
    light = (image_bgr / 255.0) ** GAMMA * DARK_EXPOSURE
    electrons = random.poisson(light * DARK_FULL_WELL_ELECTRONS)
    read = electrons + random.normal(0.0, DARK_READ_NOISE_ELECTRONS, light.shape)
    signal = np.clip(read / DARK_FULL_WELL_ELECTRONS, 0, 1) ** (1 / GAMMA)
    return np.asarray(np.rint(signal * 255), np.uint8)


def _blur(image_bgr: Image) -> Image:
    """A lens out of focus: Gaussian of 1.2 % of the shorter side."""
    sigma = BLUR_SIGMA_SHARE * min(image_bgr.shape[:2])
    return np.asarray(cv2.GaussianBlur(image_bgr, (0, 0), sigma), np.uint8)


def _small(image_bgr: Image) -> Image:
    """Far away: a quarter of the size by area, then back by cubic interpolation."""
    height, width = image_bgr.shape[:2]
    size_wh = (max(1, round(width * SMALL_FACTOR)), max(1, round(height * SMALL_FACTOR)))
    far = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(far, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _jpeg(image_bgr: Image) -> Image:
    """A strangled link: JPEG of quality 10."""
    _, packed = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    if unpacked is None:
        raise ValueError("OpenCV cannot read the JPEG that it wrote")
    return np.asarray(unpacked, np.uint8)


RECIPES: Mapping[str, Callable[[Image], Image]] = {
    "none": lambda image: image,
    "dark": _dark,
    "blur": _blur,
    "small": _small,
    "jpeg": _jpeg,
    "dark+blur": lambda image: _dark(_blur(image)),
}
