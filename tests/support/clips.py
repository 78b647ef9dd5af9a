"""Short clips that are made on the spot, of free pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from lookout.faces.detections import Image

RATE = 10.0
IN_VIEW_S = ((0.0, 1.4), (3.5, 4.9))
"""When the portrait is in view: first and last frame of each time."""
FRAMES = 50


def write_clip(path: Path, portrait_bgr: Image, *, size_wh: tuple[int, int] = (320, 240)) -> Path:
    """Five seconds: the portrait, slowly moving, two seconds of a cup, the portrait again."""
    width, height = size_wh
    cup_bgr = np.ascontiguousarray(skimage.data.coffee()[:height, :width, ::-1])
    frames = []
    for number in range(FRAMES):
        left, top = 60 + number, 20 + number // 4
        in_view = any(first - 1e-6 <= number / RATE <= last + 1e-6 for first, last in IN_VIEW_S)
        window = portrait_bgr[top : top + height, left : left + width]
        frames.append(np.ascontiguousarray(window) if in_view else cup_bgr)
    return write_frames(path, frames)


def write_frames(path: Path, frames: Sequence[Image]) -> Path:
    """A video of these pictures, RATE a second."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), RATE, (width, height)
    )
    assert writer.isOpened()
    for image_bgr in frames:
        writer.write(image_bgr)
    writer.release()
    return path


def frames_of(path: Path) -> list[Image]:
    """Every frame of a video, as a player would show it."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames: list[Image] = []
    while True:
        done, image_bgr = capture.read()
        if not done:
            capture.release()
            return frames
        frames.append(np.asarray(image_bgr, np.uint8))
