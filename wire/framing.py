"""Messages to bytes and back, without any socket: docs/wire.md, "The message".

A decoder asks for just the bytes that it still needs (`wanted`), so that the reader of a socket
never holds a byte beyond the current message:

    decoder = Decoder(Limits())
    while (message := decoder.next_message()) is None:
        decoder.feed(sock.recv(decoder.wanted))
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from lookout.wire import meta as json_part
from lookout.wire.errors import BadMessage, TooLarge, WireError, WrongVersion

MAGIC = b"LOOK"
VERSION = 1

HEADER = struct.Struct(">4sBBHII")
"""Magic, version, kind, reserved (zero), size of the JSON part, size of the JPEG part."""


class Kind(IntEnum):
    """The kinds of messages. The numbers are on the wire: never renumber one."""

    CHALLENGE = 1
    HELLO = 2
    WELCOME = 3
    FRAME = 4
    RESULT = 5
    PHOTO = 6
    VERDICT = 7
    PING = 8
    PONG = 9
    ERROR = 10
    CORRECTION = 11
    CORRECTED = 12


LATER_KINDS = frozenset({Kind.CORRECTION})
"""Kinds that not every release of this version takes: a server says in WELCOME that it does, and
nobody sends them to one that does not say so."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `meta` is the JSON part; `jpeg` is empty where the kind carries no picture."""

    kind: Kind
    meta: Mapping[str, Any] = field(default_factory=dict)
    jpeg: bytes = b""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest parts that a side accepts, in bytes.

    8 MiB holds a 12-megapixel photograph at high quality; a live frame is 30 to 300 KB.
    """

    meta_bytes: int = 256 * 1024
    jpeg_bytes: int = 8 * 1024 * 1024


HANDSHAKE_LIMITS = Limits(meta_bytes=4096, jpeg_bytes=0)
"""The sizes that either side accepts before the handshake has ended."""


def encode(message: Message, limits: Limits) -> bytes:
    """The bytes of `message`.

    Raises TooLarge when a part is over `limits`, BadMessage when `meta` cannot travel as JSON.
    """
    meta = json_part.pack(message.meta)
    _check_sizes(message.kind, len(meta), len(message.jpeg), limits)
    header = HEADER.pack(MAGIC, VERSION, message.kind, 0, len(meta), len(message.jpeg))
    return b"".join((header, meta, message.jpeg))


class Decoder:
    """Takes bytes in any chunks, gives messages. One decoder reads one connection.

    It holds one message at most and grows only with the bytes that really arrived: a header that
    promises eight megabytes costs nothing. After an error the stream has no known message borders
    left, so the decoder raises that error from then on.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._header: tuple[Kind, int, int] | None = None
        self._finished: Message | None = None
        self._error: WireError | None = None

    @property
    def wanted(self) -> int:
        """Bytes to the end of the header, or of the message; 0 while a finished one waits."""
        if self._finished is not None:
            return 0
        return self._end - len(self._buffer)

    @property
    def _end(self) -> int:
        if self._header is None:
            return HEADER.size
        _, meta_size, jpeg_size = self._header
        return HEADER.size + meta_size + jpeg_size

    @property
    def buffered(self) -> int:
        """Bytes of the unfinished message that are held now."""
        return len(self._buffer)

    def feed(self, data: bytes | bytearray | memoryview) -> int:
        """Takes bytes up to the end of the current message; returns how many.

        Less than all of `data` is taken when it reaches beyond this message: collect the message
        with `next_message` and feed the rest. Raises BadMessage, TooLarge or WrongVersion.
        """
        if self._error is not None:
            raise self._error
        taken = 0
        try:
            with memoryview(data) as view:
                while self._finished is None and taken < len(view):
                    piece = view[taken : taken + self.wanted]
                    self._buffer += piece
                    taken += len(piece)
                    self._advance()
        except WireError as error:
            self._error = error
            self._buffer.clear()
            raise
        return taken

    def next_message(self) -> Message | None:
        """The finished message, once; None while it is incomplete."""
        message, self._finished = self._finished, None
        return message

    def _advance(self) -> None:
        if self._header is None and self.wanted == 0:
            self._header = _read_header(self._buffer, self._limits)
        if self._header is None or self.wanted > 0:
            return
        kind, meta_size, _ = self._header
        body = HEADER.size + meta_size
        with memoryview(self._buffer) as view:
            jpeg = bytes(view[body:])
        self._finished = Message(kind, json_part.parse(self._buffer[HEADER.size : body]), jpeg)
        self._header = None
        self._buffer = bytearray()


def _read_header(data: bytes | bytearray, limits: Limits) -> tuple[Kind, int, int]:
    magic, version, kind, reserved, meta_size, jpeg_size = HEADER.unpack(data)
    if magic != MAGIC:
        raise BadMessage(
            f"the other side does not speak Lookout's protocol (it began with {bytes(magic)!r})"
        )
    if version != VERSION:
        raise WrongVersion(
            f"the other side speaks version {version} of the protocol, this side version "
            f"{VERSION}: install the same release of Lookout on both machines"
        )
    try:
        kind = Kind(kind)
    except ValueError:
        raise BadMessage(f"there is no message of kind {kind} in version {VERSION}") from None
    if reserved != 0:
        raise BadMessage(f"the header's reserved field is zero, got {reserved}")
    _check_sizes(kind, meta_size, jpeg_size, limits)
    return kind, meta_size, jpeg_size


def _check_sizes(kind: Kind, meta_size: int, jpeg_size: int, limits: Limits) -> None:
    for part, size, limit in (
        ("JSON", meta_size, limits.meta_bytes),
        ("JPEG", jpeg_size, limits.jpeg_bytes),
    ):
        if size > limit:
            raise TooLarge(
                f"the {part} part of a {kind.name} message is {size:,} bytes, the limit is "
                f"{limit:,}"
            )
