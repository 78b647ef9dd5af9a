"""The way in for every picture: checked by its header, then decoded, upright and of bounded size.

The bytes decide what a picture is, not its name or Content-Type. Everything that can be refused is
refused before a pixel is decoded. docs/gallery.md lists what is converted and what is refused.
"""

from __future__ import annotations

import functools
import io
import math
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import imutils
import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms, UnidentifiedImageError, features

from lookout.faces.detections import Detections, Image
from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.jpeg_scans import check_scans
from lookout.faces.photo.limits import (
    FORMATS,
    LARGE_PIXELS,
    LONGER_SIDE_PX,
    MAX_BYTES,
    MAX_PIXELS,
    MIN_SCALED_PX,
    MIN_SIDE_PX,
    SMALL_PIXELS,
)
from lookout.faces.photo.pixel_budget import PixelBudget

_HEIC_BRANDS = frozenset(b"heic heix hevc hevx heim heis mif1 msf1".split())
_AVIF_BRANDS = frozenset(b"avif avis".split())
_HEAD_BYTES = 64
"""As far as brands of an ISO container are looked for: an AVIF may call itself mif1 first."""
_NO_HEIF = (
    "send a JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible), or have "
    "pip install 'lookout[heic]' run where pictures are read"
)
_JPEGS = frozenset({"JPEG", "MPO"})
_REDUCIBLE = frozenset({"L", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
SMALL, LARGE = PixelBudget(SMALL_PIXELS), PixelBudget(MAX_PIXELS)
"""Of this process: a usual picture, and a plain JPEG of any size, waits for no large one."""
_SIXTEEN_BITS = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_ORIENTATION = 0x0112
_TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""What makes a picture of each EXIF orientation upright."""
_LYING = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture.

    image_bgr: (H, W, 3) uint8, upright, at most LONGER_SIDE_PX on the longer side.
    size_wh:   pixels of the original, upright.
    """

    image_bgr: Image = field(repr=False)
    size_wh: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the original for each pixel of `image_bgr`."""
        return self.size_wh[0] / float(self.image_bgr.shape[1])

    def in_original(self, detections: Detections) -> Detections:
        """The same faces in pixels of the original."""
        scale, points = np.float32(self.scale), detections.points_xy
        return Detections(
            detections.box_xyxy * scale,
            detections.score,
            None if points is None else points * scale,
        )


def read_file(path: Path) -> bytes:
    """The bytes of the file. Raises BadImage if it cannot be read or is over MAX_BYTES."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadImage(f"it cannot be read ({error.strerror})") from error
    check_size(len(content))
    return content


def check_size(count: int) -> None:
    """Raises BadImage for a picture of more than MAX_BYTES."""
    if count > MAX_BYTES:
        message = f"the picture is too large: at most {MAX_BYTES >> 20} MiB are read"
        raise BadImage(message, ImageFault.TOO_LARGE)


def check_shape(width: int, height: int) -> None:
    """Raises BadImage for a picture so thin that nothing is left of a side once it is scaled."""
    if min(width, height) * LONGER_SIDE_PX < MIN_SCALED_PX * max(width, height):
        raise BadImage(
            f"the picture has {width}×{height} pixels, too long and thin: crop it to the face",
            ImageFault.TOO_SMALL,
        )


def read_picture(content: bytes) -> Picture:
    """The picture in these bytes, turned upright by its EXIF orientation.

    Raises BadImage, whose `fault` is the reason, and PicturesBusy if too many others are decoded.
    """
    if not content:
        raise BadImage("the picture is empty: it has 0 bytes")
    check_size(len(content))
    formats = _formats(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF and our own limits speak for themselves
            size_wh, pixels = _header(content, formats)
            with (SMALL if pixels < LARGE_PIXELS else LARGE).reserve(pixels):
                image_bgr = _decoded(content, formats)
    except UnidentifiedImageError as error:
        if formats is not FORMATS:
            raise BadImage(f"the {formats[0]} picture is damaged") from error
        message = f"it is not a picture of a supported format: {', '.join(FORMATS)}"
        raise BadImage(message, ImageFault.UNSUPPORTED) from error
    except Pillow.DecompressionBombError as error:
        message = f"the picture has too many pixels: at most {MAX_PIXELS / 1e6:g} million are read"
        raise BadImage(message, ImageFault.TOO_MANY_PIXELS) from error
    except (OSError, ValueError, SyntaxError, struct.error, EOFError, RuntimeError) as error:
        raise BadImage(f"the picture is damaged ({error})") from error
    return Picture(image_bgr, size_wh)


def _formats(content: bytes) -> tuple[str, ...]:
    """The formats to try. Raises BadImage for one whose library is not installed."""
    if content[4:8] != b"ftyp":
        return FORMATS
    end = min(int.from_bytes(content[:4]), _HEAD_BYTES)
    brands = {content[8:12], *(content[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        if not features.check("avif"):
            raise BadImage(f"AVIF is not read here: {_NO_HEIF}", ImageFault.HEIC_NOT_READ)
        return ("AVIF",)
    if brands & _HEIC_BRANDS:
        if not _heic_is_read():
            raise BadImage(f"HEIC is not read here: {_NO_HEIF}", ImageFault.HEIC_NOT_READ)
        return ("HEIF",)
    return FORMATS


@functools.cache
def _heic_is_read() -> bool:
    """Has Pillow read HEIC, if the extra `heic` is installed."""
    try:
        import pillow_heif
    except ImportError:
        return False
    # the threads of one picture would be others' time
    pillow_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    return True


def _header(content: bytes, formats: tuple[str, ...]) -> tuple[tuple[int, int], int]:
    """Width and height of the upright picture, and how many pixels decoding it takes."""
    with Pillow.open(io.BytesIO(content), formats=formats) as picture:
        size_wh = _checked_size_wh(picture)
        if picture.format in _JPEGS:
            check_scans(content)
            if not picture.info.get("progressive"):  # that is kept in full until its last scan
                _draft(picture)
        return size_wh, math.prod(picture.size)


def _decoded(content: bytes, formats: tuple[str, ...]) -> Image:
    """(H, W, 3) uint8, upright, at most LONGER_SIDE_PX. Opened again, so that nothing of a large
    picture is left when this returns."""
    with Pillow.open(io.BytesIO(content), formats=formats) as picture:
        _draft(picture)
        return _small(picture)


def _draft(picture: Pillow.Image) -> None:
    """Has a JPEG decoded at a half, a quarter or an eighth, where that is still large enough."""
    scale = min(1.0, LONGER_SIDE_PX / max(picture.size))
    width, height = picture.size
    picture.draft("RGB", (math.ceil(width * scale), math.ceil(height * scale)))


def _small(picture: Pillow.Image) -> Image:
    stated = math.prod(picture.size)
    picture.load()
    if math.prod(picture.size) != stated:
        raise BadImage("the picture is damaged (its header states another size than its pixels)")
    # whole multiples first: what follows is done with fewer pixels, and so with less memory
    smaller = max(picture.size) // LONGER_SIDE_PX
    reduced = picture.reduce(smaller) if smaller > 1 and picture.mode in _REDUCIBLE else picture
    turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    upright = reduced if turn is None else reduced.transpose(turn)
    # numpy's [:, :, ::-1] takes 2.6 ms for 640×480, thirty times as long
    image_bgr = cv2.cvtColor(np.asarray(_as_rgb(upright)), cv2.COLOR_RGB2BGR)
    return _bounded(np.asarray(image_bgr, np.uint8))


def _checked_size_wh(picture: Pillow.Image) -> tuple[int, int]:
    """Width and height of the upright picture, by its header."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise BadImage(
            f"the picture has {width}×{height} pixels, too many: at most {MAX_PIXELS / 1e6:g} "
            "million are read",
            ImageFault.TOO_MANY_PIXELS,
        )
    if min(width, height) < MIN_SIDE_PX:
        raise BadImage(
            f"the picture has {width}×{height} pixels; it needs at least {MIN_SIDE_PX} a side",
            ImageFault.TOO_SMALL,
        )
    check_shape(width, height)
    # an MPO is a phone's JPEG: its further pictures are a depth map, a gain map or a preview; a
    # HEIC says itself which of its pictures is the main one
    if picture.format not in {"MPO", "HEIF"} and getattr(picture, "is_animated", False):
        raise BadImage(
            "the picture is animated or has several pages: save the one that is meant by itself",
            ImageFault.ANIMATED,
        )
    if picture.mode == "F" or (picture.mode == "I" and picture.format != "PNG"):
        # no format says which number is white, so there is no way to 8 bits that is right
        raise BadImage(
            "the picture has 32 bits a pixel: save it with 8 or 16 bits a colour",
            ImageFault.TOO_MANY_BITS,
        )
    if picture.getexif().get(_ORIENTATION) in _LYING:
        return height, width
    return width, height


def _as_rgb(picture: Pillow.Image) -> Pillow.Image:
    """8 bits a colour: of 16 the upper 8, which Pillow itself takes of a colour picture."""
    if picture.mode in _SIXTEEN_BITS or picture.mode == "I":
        grey = np.asarray(picture).astype(np.uint16) >> 8
        return Pillow.fromarray(grey.astype(np.uint8)).convert("RGB")
    if picture.mode == "CMYK":
        return _from_cmyk(picture)
    return picture.convert("RGB")


def _from_cmyk(picture: Pillow.Image) -> Pillow.Image:
    """By the profile of the press that it was made for; by the plain formula if it has none."""
    profile = picture.info.get("icc_profile")
    if profile:
        try:
            found = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError):
            found = None  # damaged, or the profile of something else
        if found is not None:
            return found
    return picture.convert("RGB")


def _bounded(image_bgr: Image) -> Image:
    height, width = image_bgr.shape[:2]
    if max(height, width) <= LONGER_SIDE_PX:
        return image_bgr
    if width >= height:
        return np.asarray(imutils.resize(image_bgr, width=LONGER_SIDE_PX), np.uint8)
    return np.asarray(imutils.resize(image_bgr, height=LONGER_SIDE_PX), np.uint8)
