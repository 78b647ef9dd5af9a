"""JPEG in and out, with everything checked that can be checked before a pixel is decoded.

A JPEG of a few kilobytes may ask for gigabytes of memory, and libjpeg fills a truncated picture up
with grey and says nothing; so the header is read first, by this file alone.
"""

from __future__ import annotations

import struct

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.errors import BadImage
from lookout.faces.photo.jpeg_scans import check_scans
from lookout.faces.photo.limits import MAX_FRAME_SCANS
from lookout.faces.photo.picture import check_shape

MAX_PIXELS = 25_000_000
"""The largest picture that is decoded: above any camera of a Raspberry Pi, 75 MB of memory."""

ANNOTATED_QUALITY = 80
"""JPEG quality of the pictures that go back: 640×480 stays under about 60 kB."""

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MAX_SEGMENTS = 1000


def jpeg_size_wh(jpeg: bytes) -> tuple[int, int]:
    """Width and height as the header states them.

    Raises BadImage when these are not the bytes of a whole JPEG. Method: ITU-T T.81, annex B.
    """
    if jpeg[:2] != _START:
        raise BadImage("these bytes are not a JPEG")
    size_wh: tuple[int, int] | None = None
    at = 2
    for _ in range(_MAX_SEGMENTS):
        marker, at = _next_marker(jpeg, at)
        if marker in _WITHOUT_LENGTH:
            continue
        if at + 2 > len(jpeg):
            break
        (length,) = struct.unpack_from(">H", jpeg, at)
        if marker in _FRAME_HEADERS and at + 7 <= len(jpeg):
            height, width = struct.unpack_from(">HH", jpeg, at + 3)
            size_wh = (width, height)
        elif marker == _SCAN:
            # inside a scan 0xFF is always followed by 0 or a restart number, so what looks like
            # the end is the end; thumbnails, which have ends too, lie before the scan
            if size_wh is None or jpeg.rfind(_END, at) < 0:
                break
            return size_wh
        at += length
    raise BadImage("the JPEG is truncated or damaged")


def decode_bgr(jpeg: bytes, max_pixels: int = MAX_PIXELS) -> Image:
    """The picture as (height, width, 3) uint8, blue first.

    Raises BadImage when it is not a whole JPEG, has more than `max_pixels` or MAX_FRAME_SCANS, is
    too thin, or cannot be decoded.
    """
    width, height = jpeg_size_wh(jpeg)
    if width * height > max_pixels:
        raise BadImage(
            f"the picture has {width}×{height} pixels; "
            f"at most {max_pixels / 1e6:g} megapixels are read"
        )
    check_shape(width, height)
    check_scans(jpeg, MAX_FRAME_SCANS)
    try:
        image_bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise BadImage("the JPEG cannot be decoded") from error
    if image_bgr is None:
        raise BadImage("the JPEG cannot be decoded")
    return np.asarray(image_bgr, np.uint8)


def encode_jpeg(image_bgr: Image, quality: int = ANNOTATED_QUALITY) -> bytes:
    """The picture as a JPEG. Raises BadImage if it is over 65,500 pixels wide or high."""
    try:
        done, data = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error as error:
        raise BadImage("the picture cannot be written as a JPEG") from error
    if not done:
        raise BadImage("the picture cannot be written as a JPEG")
    return data.tobytes()


def _next_marker(jpeg: bytes, at: int) -> tuple[int, int]:
    """The marker at `at`, behind any fill bytes, and where its segment goes on."""
    if at >= len(jpeg) or jpeg[at] != 0xFF:
        raise BadImage("the JPEG is truncated or damaged")
    while at < len(jpeg) and jpeg[at] == 0xFF:
        at += 1
    if at >= len(jpeg):
        raise BadImage("the JPEG is truncated or damaged")
    return jpeg[at], at + 1
