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
MIN_SCALED_PX = 16
"""A thinner picture than this has no side left when the other one is scaled to LONGER_SIDE_PX."""
MAX_SCANS = 32
"""Of a JPEG. libjpeg's progressive pictures have 10, mozjpeg's about as many; each scan is a pass
over all pixels."""
MAX_FRAME_SCANS = 10
"""Of a frame of a camera, for which other cameras' frames wait. Cameras send one scan, or three."""
LARGE_PIXELS = 8_000_000
"""From this size on pictures wait for each other, MAX_PIXELS at a time, and their memory is given
back at once. A JPEG that is not progressive is decoded at a scale at which it is smaller."""
SMALL_PIXELS = 32_000_000
"""Of smaller pictures, at a time."""
PICTURE_WAIT_S = 20.0
"""The longest time that a picture waits for others to be decoded."""
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
"""By their bytes, whatever the file is called, in Pillow's names. HEIC and AVIF are read as well
where their libraries are installed."""
