"""The clip of five signers: its ground truth, and a copy that says which frame each frame is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from lookout.faces.detections import Image

FIRST_TEST_FRAME = 345
LAST_ENROLMENT_FRAME = 248
BITS, CELL_PX = 12, 16


@dataclass(frozen=True, slots=True)
class Segment:
    """One person's stretch of the clip; frames counted from 0, both ends included."""

    first: int
    last: int
    person: str


def segments(data: Path) -> list[Segment]:
    with (data / "video" / "signers_truth.csv").open(newline="") as file:
        return [
            Segment(int(row["first_frame"]), int(row["last_frame"]), row["identity"])
            for row in csv.DictReader(file)
        ]


def write_enrolment(data: Path, images: Path) -> int:
    """Photographs of signers A, B and C, as their frames 0 to 248; how many were written."""
    written = 0
    people = {s.first: s for s in segments(data) if s.last <= LAST_ENROLMENT_FRAME}
    by_frame = {f: s.person for s in people.values() for f in range(s.first, s.last + 1)}
    for index, image_bgr in frames(data):
        if index not in by_frame:
            break
        folder = images / by_frame[index]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{index:04}.jpg"), image_bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])
        written += 1
    return written


def write_numbered_clip(data: Path, path: Path) -> int:
    """The frames from 345 on as a video whose bottom rows hold each frame's number as black and
    white cells, so that a frame that passes can be recognized. Returns the count."""
    writer: cv2.VideoWriter | None = None
    count = 0
    for index, image_bgr in frames(data):
        if index < FIRST_TEST_FRAME:
            continue
        marked = np.vstack([image_bgr, _cells(index, image_bgr.shape[1])])
        if writer is None:
            size_wh = (marked.shape[1], marked.shape[0])
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, size_wh)
            writer.set(cv2.VIDEOWRITER_PROP_QUALITY, 95)
        writer.write(marked)
        count += 1
    if writer is not None:
        writer.release()
    return count


def frame_number(image_bgr: Image) -> int:
    """The number that `write_numbered_clip` wrote into this frame."""
    y = image_bgr.shape[0] - CELL_PX // 2
    bits = [int(image_bgr[y, int((i + 0.5) * CELL_PX)].mean() > 127) for i in range(BITS)]
    return sum(bit << i for i, bit in enumerate(bits))


def frames(data: Path) -> Iterator[tuple[int, Image]]:
    """(index, image_bgr) of every frame of the clip."""
    capture = cv2.VideoCapture(str(data / "video" / "signers.mp4"))
    try:
        index = 0
        while True:
            done, image_bgr = capture.read()
            if not done:
                return
            yield index, np.asarray(image_bgr, np.uint8)
            index += 1
    finally:
        capture.release()


def _cells(index: int, width: int) -> Image:
    strip = np.zeros((CELL_PX, width, 3), np.uint8)
    for bit in range(BITS):
        if index >> bit & 1:
            strip[:, bit * CELL_PX : (bit + 1) * CELL_PX] = 255
    return strip
