"""Compressing a picture, once, and asking a compressed one for its size."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures
from PIL import UnidentifiedImageError

from lookout.edge.cameras.errors import CameraLost

Image = npt.NDArray[np.uint8]

# At 85 a 640×480 frame is 31 kB (a fixed room) to 46 kB (the demo portrait); at 95 it is 1.8 times
# as large.
JPEG_QUALITY = 85
MAX_JPEG_BYTES = 8 * 1024 * 1024  # what the wire carries at most
MAX_PIXELS = 50_000_000  # more than any camera of today; decoded they take 150 MB
START_OF_IMAGE = b"\xff\xd8"
HUFFMAN_TABLES = b"\xff\xc4"


def to_jpeg(image_bgr: Image, quality: int = JPEG_QUALITY) -> bytes:
    """Compresses (height, width, 3) uint8 BGR."""
    done, buffer = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise CameraLost(f"a picture of shape {image_bgr.shape} cannot be compressed")
    return buffer.tobytes()


def fit_within(image_bgr: Image, largest_wh: tuple[int, int]) -> Image:
    """The picture, shrunk where it is larger than `largest_wh`; its shape is kept."""
    height, width = image_bgr.shape[:2]
    scale = min(largest_wh[0] / width, largest_wh[1] / height)
    if scale >= 1:
        return image_bgr
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def is_whole_jpeg(data: bytes) -> bool:
    """True when every decoder can read it. Some USB cameras leave the Huffman tables out of each
    frame (motion JPEG allows it); a browser then shows nothing, so they are compressed again."""
    return data.startswith(START_OF_IMAGE) and HUFFMAN_TABLES in data


def from_jpeg(jpeg: bytes) -> Image | None:
    """The picture, (height, width, 3) uint8 BGR, the right way up by its EXIF orientation.

    None where it is no JPEG, is damaged, or has more than `MAX_PIXELS`: a few bytes of JPEG can
    ask for gigabytes of memory.
    """
    size_wh = size_of(jpeg)
    if size_wh is None or size_wh[0] * size_wh[1] > MAX_PIXELS:
        return None
    image_bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return None if image_bgr is None else image_bgr.astype(np.uint8, copy=False)


def recompressed(jpeg: bytes) -> bytes | None:
    """A JPEG that only some decoders read as one that all read; None where OpenCV cannot either."""
    image_bgr = from_jpeg(jpeg)
    return None if image_bgr is None else to_jpeg(image_bgr)


def size_of(jpeg: bytes) -> tuple[int, int] | None:
    """Width and height from the header alone; None where it is no JPEG."""
    try:
        with Pictures.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            return picture.size
    except (UnidentifiedImageError, Pictures.DecompressionBombError, OSError, ValueError):
        return None
