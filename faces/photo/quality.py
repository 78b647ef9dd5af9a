"""The quality of a view of a face: size, light and sharpness, each with its unit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from lookout.faces.detections import Floats, Image

CHIP_PX = 64
"""Sharpness and brightness are taken on the box scaled to this, so that sizes compare."""
FULL_SIZE_PX = 112.0
"""A face this large fills dlib's 150-px chip; a larger one teaches the encoder nothing more."""


@dataclass(frozen=True, slots=True)
class FaceView:
    """The measures of one view of a face.

    size_px:    the shorter side of its box, in pixels.
    brightness: mean luma (ITU-R BT.601) of the box, 0 to 255.
    contrast:   standard deviation of that luma.
    sharpness:  0 (flat or defocused) upwards, near 1 for a crisp face; see `sharpness`.
    """

    size_px: float
    brightness: float
    contrast: float
    sharpness: float

    @property
    def weight(self) -> float:
        """The weight of this view in a vote, above 0 to 1: size times sharpness."""
        size = min(self.size_px / FULL_SIZE_PX, 1.0)
        return max(0.01, size * min(self.sharpness, 1.0))


def view_of(image_bgr: Image, box_xyxy: Floats) -> FaceView:
    """Measure the face in `box_xyxy` (4,). A box without a pixel in the image has no light."""
    size_px = float(min(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1]))
    chip = grey_chip(image_bgr, box_xyxy, CHIP_PX)
    if chip is None:
        return FaceView(size_px, 0.0, 0.0, 0.0)
    return FaceView(size_px, float(chip.mean()), float(chip.std()), sharpness(chip))


def sharpness(chip_grey: Image) -> float:
    """Energy of the fine detail of a (64, 64) uint8 chip as a share of its whole contrast.

    The band between two Gaussians (sigma 1 and 2 px at this scale) over the chip's own standard
    deviation: a darker or flatter picture of the same face has the same value, and the first
    Gaussian takes out the noise that a plain variance of the Laplacian mistakes for sharpness.
    """
    chip = chip_grey.astype(np.float32)
    fine = cv2.GaussianBlur(chip, (0, 0), 1.0) - cv2.GaussianBlur(chip, (0, 0), 2.0)
    return float(fine.std() / max(float(chip.std()), 1.0) * SHARPNESS_SCALE)


SHARPNESS_SCALE = 5.0


def grey_chip(image_bgr: Image, box_xyxy: Floats, side_px: int) -> Image | None:
    """The luma in the box, scaled to a square of uint8; None if the box is outside the image."""
    height, width = image_bgr.shape[:2]
    x0, y0 = np.clip(np.round(box_xyxy[:2]), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.round(box_xyxy[2:]), 0, (width, height)).astype(int)
    if x1 <= x0 or y1 <= y0:
        return None
    grey = cv2.cvtColor(image_bgr[y0:y1, x0:x1], cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)
