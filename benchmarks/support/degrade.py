"""Makes a good photograph as bad as a camera at night would. Deterministic for each picture.

The recipes stand in docs/benchmarks.md word for word; change both or neither.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping

import cv2
import numpy as np

from lookout.faces.detections import Image

DARK_EXPOSURE = 0.04
DARK_FULL_WELL_ELECTRONS = 2000.0
DARK_READ_NOISE_ELECTRONS = 3.0
GAMMA = 2.2
BLUR_SIGMA_SHARE = 0.012
SMALL_FACTOR = 0.25
NIGHT_FACTOR = 0.42
NIGHT_LIGHT = 0.45
NIGHT_NOISE_LEVELS = 6.0
NIGHT_JPEG_QUALITY = 50
JPEG_QUALITY = 10
SIDE_HEAD = 0.2, 0.27
"""Half the width and height of the head, in the middle of the picture as LFW's are."""
SIDE_ANGLE = math.radians(100)
SIDE_AMBIENT = 0.001
SIDE_NOISE_LEVELS = 1.5
INFRARED_BGR = 0.1, 0.2, 0.7
INFRARED_EDGE = 0.35
INFRARED_NOISE_LEVELS = 5.0


def degrade(image_bgr: Image, recipe: str) -> Image:
    """The picture after `recipe`, of the same size but for `night`.

    Raises ValueError for a recipe that is not there.
    """
    if recipe not in RECIPES:
        raise ValueError(f"no degradation {recipe!r}; there is: {', '.join(RECIPES)}")
    return RECIPES[recipe](image_bgr)


def _dark(image_bgr: Image) -> Image:
    """A short exposure: 4 % of the light, photon noise, read noise, no brightening afterwards."""
    random = _random(image_bgr)
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


def _night(image_bgr: Image) -> Image:
    """A small, dark, noisy, compressed picture, as a cheap camera far away makes at night. It stays
    small: LFW's eyes are 18 px apart in it."""
    height, width = image_bgr.shape[:2]
    size_wh = (max(1, round(width * NIGHT_FACTOR)), max(1, round(height * NIGHT_FACTOR)))
    far = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA)
    dark = 255 * NIGHT_LIGHT * (far / 255.0) ** GAMMA
    noisy = dark + _random(image_bgr).normal(0.0, NIGHT_NOISE_LEVELS, dark.shape)
    return _packed(np.asarray(np.rint(np.clip(noisy, 0, 255)), np.uint8), NIGHT_JPEG_QUALITY)


def _infrared(image_bgr: Image) -> Image:
    """A camera at night with its own lamp: grey, mostly of the red, which is nearest to what such a
    camera sees; bright in the middle, 35 % at the corners; noise of 5 levels."""
    height, width = image_bgr.shape[:2]
    grey = np.square(image_bgr / 255.0) @ np.array(INFRARED_BGR)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    lit = np.sqrt(grey * (1 - (1 - INFRARED_EDGE) * (x**2 + y**2) / 2)) * 255
    noisy = lit + _random(image_bgr).normal(0.0, INFRARED_NOISE_LEVELS, lit.shape)
    level = np.asarray(np.rint(np.clip(noisy, 0, 255)), np.uint8)
    return np.repeat(level[..., None], 3, axis=2)


def _side(image_bgr: Image) -> Image:
    """One lamp beside the face, a little behind it, in a dark room: most of the head, an ellipsoid
    in the middle of the picture, lies in its own shadow."""
    height, width = image_bgr.shape[:2]
    random = _random(image_bgr)
    x = (np.arange(width) - width / 2) / (SIDE_HEAD[0] * width)
    y = (np.arange(height) - height / 2) / (SIDE_HEAD[1] * height)
    x = x if random.random() < 0.5 else -x
    depth = np.sqrt(np.clip(1 - x**2 - y[:, None] ** 2, 0, None))
    lit = np.clip(np.sin(SIDE_ANGLE) * x + np.cos(SIDE_ANGLE) * depth, 0, None) * (depth > 0)
    lit = cv2.GaussianBlur(np.clip(lit, 0, 1), (0, 0), width / 100)
    light = (image_bgr / 255.0) ** GAMMA * (SIDE_AMBIENT + lit[..., None])
    seen = 255 * np.clip(light, 0, 1) ** (1 / GAMMA)
    noisy = seen + random.normal(0.0, SIDE_NOISE_LEVELS, seen.shape)
    return np.asarray(np.rint(np.clip(noisy, 0, 255)), np.uint8)


def _jpeg(image_bgr: Image) -> Image:
    """A strangled link: JPEG of quality 10."""
    return _packed(image_bgr, JPEG_QUALITY)


def _random(image_bgr: Image) -> np.random.Generator:
    seed = hashlib.sha256(image_bgr.tobytes()).digest()
    return np.random.default_rng(int.from_bytes(seed[:8], "little"))


def _packed(image_bgr: Image, quality: int) -> Image:
    _, packed = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
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
    "night": _night,
    "side": _side,
    "infrared": _infrared,
    "dark+blur": lambda image: _dark(_blur(image)),
}
