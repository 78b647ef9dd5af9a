"""Bytes of a network stream, taken by line, by length or by JPEG, with bounds on all three."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BufferedIOBase

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.jpeg import MAX_JPEG_BYTES, START_OF_IMAGE

CHUNK_BYTES = 64 * 1024
MAX_LINE_BYTES = 8192
MAX_BETWEEN_BYTES = 16 * 1024 * 1024
"""Bytes without the start of a JPEG after which a stream counts as one without pictures."""

_START = START_OF_IMAGE + b"\xff"
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""A marker within compressed data: neither a stuffed byte nor a restart."""
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_TEMPORARY = 0x01  # the one other marker without a length


class ByteSource:
    """A buffer over `stream`. Raises CameraLost at the end of the stream and over its bounds.

    `stopped` is asked before each read, so that a camera that sends a byte now and then can be
    left, too.
    """

    def __init__(self, stream: BufferedIOBase, stopped: Callable[[], bool] = lambda: False) -> None:
        self._stream = stream
        self._stopped = stopped
        self._buffer = bytearray()

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer at the end of the stream; they stay in the buffer."""
        while len(self._buffer) < count and self._more():
            pass
        return bytes(self._buffer[:count])

    def line(self) -> bytes:
        """The next line with its end, or `MAX_LINE_BYTES` of it."""
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched, MAX_LINE_BYTES)
            if end >= 0 or len(self._buffer) >= MAX_LINE_BYTES:
                return self._take(end + 1 or MAX_LINE_BYTES)
            searched = len(self._buffer)
            if not self._more():
                if self._buffer:
                    return self._take(len(self._buffer))
                raise CameraLost("the stream ended")

    def put_back(self, data: bytes) -> None:
        self._buffer[:0] = data

    def exactly(self, count: int) -> bytes:
        if count > MAX_JPEG_BYTES:
            raise CameraLost(f"a picture of {count} bytes is over the limit of {MAX_JPEG_BYTES}")
        while len(self._buffer) < count:
            if not self._more():
                raise CameraLost("the stream broke off in the middle of a picture")
        return self._take(count)

    def find_jpeg(self) -> bool:
        """Skips to the start of the next JPEG; false at the end of the stream."""
        skipped = 0
        while (start := self._buffer.find(_START)) < 0:
            useless = max(0, len(self._buffer) - len(START_OF_IMAGE))
            skipped += useless
            del self._buffer[:useless]
            if skipped > MAX_BETWEEN_BYTES:
                raise CameraLost("the stream holds no JPEG pictures")
            if not self._more():
                return False
        del self._buffer[:start]
        return True

    def jpeg(self) -> bytes:
        """The next whole JPEG, from its first to its last marker; bytes before it are skipped.

        Segments are followed by their lengths, so a thumbnail inside a picture does not end it. A
        picture that breaks off and is followed by another is skipped.
        """
        if not self.find_jpeg():
            raise CameraLost("the stream ended")
        at = len(START_OF_IMAGE)
        while True:
            marker, at = self._marker(at)
            if marker == _EOI:
                return self._take(at)
            if marker == _SOI:  # the picture before it broke off
                del self._buffer[: at - len(START_OF_IMAGE)]
                at = len(START_OF_IMAGE)
            elif marker != _TEMPORARY:
                self._need(at + 2)
                at += max(2, int.from_bytes(self._buffer[at : at + 2], "big"))

    def _marker(self, at: int) -> tuple[int, int]:
        """The next marker from `at` on, and the place after it."""
        while (found := _MARKER.search(self._buffer, at)) is None:
            at = max(at, len(self._buffer) - 1)
            self._need(len(self._buffer) + 1)
        return found[1][0], found.end()

    def _need(self, count: int) -> None:
        if count > MAX_JPEG_BYTES:
            raise CameraLost(f"a picture is over the limit of {MAX_JPEG_BYTES} bytes")
        while len(self._buffer) < count:
            if not self._more():
                raise CameraLost("the stream broke off in the middle of a picture")

    def _more(self) -> bool:
        if self._stopped():
            raise CameraLost("closed")
        chunk = self._stream.read1(CHUNK_BYTES)
        self._buffer += chunk
        return bool(chunk)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
