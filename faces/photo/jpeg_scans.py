"""The number of scans of a JPEG, counted before a pixel is decoded.

Each scan is a pass over all pixels, whether it brings anything or not. A progressive photograph has
about ten; a few kilobytes can ask for a thousand, which takes minutes.
"""

from __future__ import annotations

import re
import struct

from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.limits import MAX_SCANS

_SCAN, _END = 0xDA, 0xD9
_SCAN_BYTES = b"\xff\xda"
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MARKER = re.compile(rb"\xff+([^\x00\xff])")


def check_scans(jpeg: bytes, most: int = MAX_SCANS) -> None:
    """Raises BadImage for a JPEG of more than `most` scans. Method: ITU-T T.81, annex B."""
    # the two bytes may also occur in a profile or behind the end, so a count of them is an upper
    # bound; it is taken in a thousandth of the time
    if jpeg.count(_SCAN_BYTES) > most and _has_more_scans(jpeg, most):
        raise BadImage(
            f"the JPEG has more than {most} scans, and each is a pass over all pixels: save it "
            "again, as a plain or a usual progressive JPEG",
            ImageFault.TOO_MANY_SCANS,
        )


def _has_more_scans(jpeg: bytes, most: int) -> bool:
    """As libjpeg reads it: what is no marker between two segments is skipped."""
    at, scans = 2, 0
    while (found := _MARKER.search(jpeg, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker in _WITHOUT_LENGTH:
            continue
        if marker == _END or at + 2 > len(jpeg):
            return False
        scans += marker == _SCAN
        if scans > most:
            return True
        at += max(2, struct.unpack_from(">H", jpeg, at)[0])
    return False
