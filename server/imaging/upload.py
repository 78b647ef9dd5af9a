"""The one place where a picture comes in: checked by its header, decoded, upright, of bounded size.

What a picture claims to be (its name, its Content-Type) decides nothing; its bytes do. Everything
that can be refused is refused before a pixel is decoded.
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
import warnings
from dataclasses import dataclass, field

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.photo.photo_file import decode
from lookout.server.api.errors.api_error import BadPicture

MAX_BYTES = 16 * 2**20
MAX_PIXELS = 50_000_000
MIN_SIDE_PX = 16
"""A face has to have 40 pixels to be told apart; under this there is not even one to see."""
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")

_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
)
_MANY_BITS = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_ORIENTATION = 0x0112
_LYING = frozenset({5, 6, 7, 8})
"""EXIF orientations that change width and height over."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture.

    image_bgr: (H, W, 3) uint8, upright, at most 1600 pixels on the longer side.
    size_wh:   of the picture as it was sent, upright; boxes are told in these pixels.
    content:   the bytes that were sent.
    """

    image_bgr: Image = field(repr=False)
    size_wh: tuple[int, int]
    content: bytes = field(repr=False)

    @property
    def scale(self) -> float:
        """Pixels that were sent for each pixel of `image_bgr`."""
        return self.size_wh[0] / float(self.image_bgr.shape[1])

    def boxes_xyxy(self, detections: Detections) -> Floats:
        """(N, 4) float32 in the pixels that were sent."""
        return detections.box_xyxy * self.scale


def read_picture(content: bytes) -> Picture:
    """Check and decode. Raises BadPicture, and faces' BadImage for one that is damaged inside."""
    size_wh = _checked_size(content)
    return Picture(decode(content), size_wh, content)


def from_base64(text: str) -> bytes:
    """The bytes of a picture in a JSON document, plain or as a data URL. Raises BadPicture."""
    if text[:5].lower() == "data:":
        _, _, text = text.partition(",")
    if len(text) > MAX_BYTES * 4 // 3 + 8:
        raise _too_large()
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadPicture(422, "bad_image", "the picture is not valid base64") from error


def _checked_size(content: bytes) -> tuple[int, int]:
    if not content:
        raise BadPicture(422, "bad_image", "the picture is empty: it has 0 bytes")
    if len(content) > MAX_BYTES:
        raise _too_large()
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        raise BadPicture(
            415,
            "heic_not_read",
            "HEIC and AVIF are not read: send a JPEG (on an iPhone: Settings, Camera, Formats, "
            "Most Compatible)",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit is checked below
            with Pillow.open(io.BytesIO(content), formats=FORMATS) as picture:
                return _checked(picture, content)
    except UnidentifiedImageError as error:
        raise BadPicture(
            415,
            "unsupported_media_type",
            f"these bytes are no picture that is read; read are {', '.join(FORMATS)}",
        ) from error
    except Pillow.DecompressionBombError as error:
        raise BadPicture(413, "too_many_pixels", _pixel_words()) from error
    except (OSError, ValueError, SyntaxError, struct.error, EOFError) as error:
        raise BadPicture(422, "bad_image", f"the picture is damaged ({error})") from error


def _checked(picture: Pillow.Image, content: bytes) -> tuple[int, int]:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise BadPicture(
            413, "too_many_pixels", f"the picture has {width}×{height} pixels; {_pixel_words()}"
        )
    if min(width, height) < MIN_SIDE_PX:
        raise BadPicture(
            422,
            "image_too_small",
            f"the picture has {width}×{height} pixels; it has to have {MIN_SIDE_PX} on each side",
        )
    if getattr(picture, "n_frames", 1) > 1:
        raise BadPicture(
            415, "animated", "this picture is animated or has several pages: send one picture"
        )
    if picture.mode == "CMYK":
        # without its printer's profile the colours, skin above all, come out wrong
        raise BadPicture(415, "cmyk", "this picture is CMYK, made for print: save it as RGB")
    if picture.mode in _MANY_BITS or _png_depth(picture.format, content) > 8:
        # squeezed into 8 bits without knowing its range it becomes white or black
        raise BadPicture(415, "too_many_bits", "this picture has 16 bits a colour: save it with 8")
    if picture.getexif().get(_ORIENTATION) in _LYING:
        return height, width
    return width, height


def _png_depth(picture_format: str | None, content: bytes) -> int:
    """Bits a sample of a PNG; Pillow drops the lower eight of RGB without a word."""
    # signature, then IHDR: length, name, width, height, depth (PNG specification, 11.2.1)
    return content[24] if picture_format == "PNG" and len(content) > 24 else 8


def _too_large() -> BadPicture:
    return BadPicture(413, "too_large", f"a picture has at most {MAX_BYTES >> 20} MiB")


def _pixel_words() -> str:
    return f"at most {MAX_PIXELS / 1e6:g} megapixels are read"
