"""Reads the parts of a `multipart/x-mixed-replace` stream, as browsers and players do.

Cameras leave out the first boundary, announce another one than they send, state wrong lengths or
none. So the boundary is a hint: a part begins with header lines up to a blank line, whatever
stands before them, and a JPEG without a length ends at its own last marker.
"""

from __future__ import annotations

import email.message
import re
from collections.abc import Iterator

from lookout.edge.cameras.byte_source import ByteSource
from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.jpeg import MAX_JPEG_BYTES, START_OF_IMAGE

MAX_HEADERS = 32
MAX_JUNK_LINES = 64
"""Lines between two parts that are neither a boundary nor a header."""

_HEADER = re.compile(rb"\s*([!#$%&'*+.^_`|~\w-]+)\s*:(.*)", re.DOTALL)


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a multipart content type, without its dashes; None for other types."""
    message = email.message.Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_maintype() != "multipart" or not boundary:
        return None
    return _bare(boundary.encode("latin-1", "replace"))


def parts(source: ByteSource, boundary: bytes | None) -> Iterator[bytes]:
    """The body of each part, at most `MAX_JPEG_BYTES`; CameraLost where the stream breaks off.

    `boundary` is without dashes: cameras disagree about how many there are.
    """
    while True:
        length = _content_length(source, boundary)
        if length is not None:
            yield source.exactly(length)
        elif boundary is None or source.peek(2) == START_OF_IMAGE:
            yield source.jpeg()
        else:
            yield _until(source, boundary)


def _content_length(source: ByteSource, boundary: bytes | None) -> int | None:
    """The length that a part's headers state; the source then stands at the part's body."""
    length: int | None = None
    headers = junk = 0
    begun = False
    while headers <= MAX_HEADERS:
        line = source.line().strip()
        header = _HEADER.fullmatch(line)
        if header is not None:
            headers, begun = headers + 1, True
            if header[1].lower() == b"content-length":
                length = int(header[2]) if header[2].strip().isdigit() else None
        elif not line and begun:
            return length
        else:
            begun = begun or line.startswith(b"--") or (line != b"" and _bare(line) == boundary)
            junk += 1
            if junk > MAX_JUNK_LINES:
                raise CameraLost("the stream has no boundary between its pictures")
    raise CameraLost(f"a part of the stream has more than {MAX_HEADERS} header lines")


def _until(source: ByteSource, boundary: bytes) -> bytes:
    """A part that is no JPEG and has no length ends where the boundary stands on its own line."""
    body = bytearray()
    while len(body) <= MAX_JPEG_BYTES:
        line = source.line()
        if line.startswith(b"--") and _bare(line) == boundary:
            source.put_back(line)
            return bytes(body.removesuffix(b"\n").removesuffix(b"\r"))
        body += line
    raise CameraLost(f"a picture is over the limit of {MAX_JPEG_BYTES} bytes")


def _bare(boundary: bytes) -> bytes:
    return boundary.strip().strip(b"-")
