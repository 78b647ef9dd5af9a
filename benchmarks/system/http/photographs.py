"""Real photographs with faces, cut to one size, and the people in them."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.imaging.jpeg import decode_bgr, encode_jpeg

SIZE_WH = (640, 480)
QUALITY = 90
FOLDERS = ("families", "face_recognition", "boxes")
TOP = 0.25
"""Of what is cut off above and below, so much above: in portraits the face is in the upper half."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A JPEG of SIZE_WH and how many faces the detector that chose it found."""

    jpeg: bytes
    faces: int


def read_photographs(data: Path, detector: Detector) -> list[Photograph]:
    """Every photograph that shows a face once it is cut, in an order of no meaning, so that the few
    that a slow server gets to see are like the others; ends the program if there is none."""
    found = []
    for image_bgr in _images(data):
        jpeg = encode_jpeg(_cut(image_bgr), QUALITY)
        faces = len(detector.detect([decode_bgr(jpeg)])[0])
        if faces:
            found.append(Photograph(jpeg, faces))
    if not found:
        sys.exit(f"no photograph with a face in {', '.join(FOLDERS)} of {data}")
    random.Random(0).shuffle(found)
    return found


def people_in(photographs: Sequence[Photograph], detector: Detector, encoder: Encoder) -> Gallery:
    """A gallery of everybody in every second photograph."""
    encodings, names = [], []
    for number, photograph in enumerate(photographs[::2]):
        image_bgr = decode_bgr(photograph.jpeg)
        (faces,) = detector.detect([image_bgr])
        encodings.append(encoder.encode(encoder.align(image_bgr, faces)))
        names += [f"Person {number}-{face}" for face in range(len(faces))]
    return Gallery(np.concatenate(encodings), tuple(names), encoder.name)


def _images(data: Path) -> Iterator[Image]:
    for folder in FOLDERS:
        for path in sorted((data / folder).iterdir()):
            image_bgr = cv2.imread(str(path)) if path.suffix in (".jpg", ".png") else None
            if image_bgr is not None:
                yield np.asarray(image_bgr, np.uint8)


def _cut(image_bgr: Image) -> Image:
    height, width = image_bgr.shape[:2]
    scale = max(SIZE_WH[0] / width, SIZE_WH[1] / height)
    size_wh = (max(SIZE_WH[0], round(width * scale)), max(SIZE_WH[1], round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(image_bgr, size_wh, interpolation=how)
    left = (size_wh[0] - SIZE_WH[0]) // 2
    top = round(TOP * (size_wh[1] - SIZE_WH[1]))
    return np.asarray(scaled[top : top + SIZE_WH[1], left : left + SIZE_WH[0]], np.uint8)
