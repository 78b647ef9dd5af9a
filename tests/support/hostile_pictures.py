"""Pictures that are small to send and dear to decode."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image as Pillow


def saved(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def scan_bomb(size_wh: tuple[int, int], scans: int, *, progressive: bool = True) -> bytes:
    """A JPEG whose last scan is repeated until there are `scans`: each costs a pass over all
    pixels, and a flat scan has few bytes."""
    jpeg = saved(Pillow.new("RGB", size_wh, "grey"), "JPEG", progressive=progressive)
    last = jpeg.rindex(b"\xff\xda")
    head, scan = jpeg[:last], jpeg[last:-2]
    return head + scan * (scans - head.count(b"\xff\xda")) + b"\xff\xd9"


def flat_webp(width: int, height: int) -> bytes:
    """A lossless WebP of one colour: a few dozen bytes, whatever its size. At most 16384 a side."""
    return saved(Pillow.new("RGB", (width, height), "grey"), "WEBP", lossless=True)


def png_of(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG that claims a size, whatever it holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
