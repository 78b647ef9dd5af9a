"""The limits of a picture: the same from a folder, over HTTP, from a registry or by a capture."""

from __future__ import annotations

MAX_BYTES = 64 * 2**20
"""Of a file. A PNG of 24 megapixels has about 50 million bytes."""
MAX_PIXELS = 64_000_000
"""The largest phone cameras usually take pictures of 50 million; 64 million are 192 MB decoded."""
MIN_SIDE_PX = 16
"""Recognition needs faces of 40 pixels; under 16 there is not even one to detect."""
LONGER_SIDE_PX = 1600
"""Larger pictures are scaled down to this: detection takes four times as long for twice the side,
and a face that fills a twentieth of the width still has twice the 40 px that enrolment asks for."""
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
"""By their bytes, whatever the file is called, in Pillow's names."""
