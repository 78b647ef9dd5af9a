"""Reads the parts of a `multipart/x-mixed-replace` stream: how cameras send JPEGs over HTTP."""

from __future__ import annotations

import email.message
from collections.abc import Iterator
from typing import BinaryIO

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.jpeg import MAX_JPEG_BYTES

MAX_LINE_BYTES = 8192
MAX_HEADERS = 32


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a multipart content type, without its dashes; None for other types."""
    message = email.message.Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_maintype() != "multipart" or not boundary:
        return None
    return _bare(boundary.encode("latin-1", "replace"))


def parts(stream: BinaryIO, boundary: bytes) -> Iterator[bytes]:
    """The body of each part, at most `MAX_JPEG_BYTES`; CameraLost where the stream breaks off.

    `boundary` is without dashes: cameras disagree about how many there are.
    """
    _skip_to(stream, boundary)
    while True:
        length = _content_length(stream)
        if length is None:
            yield _until(stream, boundary)
        else:
            yield _exactly(stream, length)
            _skip_to(stream, boundary)


def _skip_to(stream: BinaryIO, boundary: bytes) -> None:
    for _ in range(MAX_HEADERS):
        if _bare(_line(stream)) == boundary:
            return
    raise CameraLost("the stream has no boundary between its pictures")


def _content_length(stream: BinaryIO) -> int | None:
    length: int | None = None
    for _ in range(MAX_HEADERS):
        line = _line(stream).strip()
        if not line:
            return length
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"content-length":
            length = int(value) if value.strip().isdigit() else None
    raise CameraLost(f"a part of the stream has more than {MAX_HEADERS} header lines")


def _exactly(stream: BinaryIO, length: int) -> bytes:
    if length > MAX_JPEG_BYTES:
        raise CameraLost(f"a picture of {length} bytes is over the limit of {MAX_JPEG_BYTES}")
    body = stream.read(length)
    if len(body) < length:
        raise CameraLost("the stream broke off in the middle of a picture")
    return body


def _until(stream: BinaryIO, boundary: bytes) -> bytes:
    """A part without a stated length ends where the boundary stands on a line of its own."""
    body = bytearray()
    while len(body) <= MAX_JPEG_BYTES:
        line = _line(stream)
        if line.startswith(b"--") and _bare(line) == boundary:
            return bytes(body.removesuffix(b"\n").removesuffix(b"\r"))
        body += line
    raise CameraLost(f"a picture is over the limit of {MAX_JPEG_BYTES} bytes")


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(MAX_LINE_BYTES)
    if not line:
        raise CameraLost("the stream ended")
    return line


def _bare(boundary: bytes) -> bytes:
    return boundary.strip().strip(b"-")
