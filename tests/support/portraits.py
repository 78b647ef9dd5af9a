"""Galleries and pictures of real people."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder


def gallery_of(name: str, images_bgr: list[Image], detector: Detector, encoder: Encoder) -> Gallery:
    encodings = []
    for image_bgr, found in zip(images_bgr, detector.detect(images_bgr), strict=True):
        assert len(found) == 1
        encodings += [encoder.encode(encoder.align(image_bgr, found))]
    return Gallery(np.concatenate(encodings), (name,) * len(encodings), encoder.name)


def read_image(path: Path) -> Image:
    """(H, W, 3) uint8, BGR."""
    image_bgr = cv2.imread(str(path))
    assert image_bgr is not None, f"no picture at {path}"
    return np.asarray(image_bgr, np.uint8)


def read_small(path: Path, side_px: int = 640) -> Image:
    image_bgr = read_image(path)
    scale = side_px / max(image_bgr.shape[:2])
    small = cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
