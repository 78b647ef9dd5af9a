"""Receives a video as a multipart file, straight into a file: never in memory, never elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from lookout.server.api.errors.api_error import ApiError, BadRequest, Overloaded
from lookout.server.recognize.container import HEAD_BYTES, NOT_READ, container_of

FIELD = "file"
PIECE_BYTES = 1 << 20
"""So much is gathered before it is written."""
MAX_PARTS = 8
NO_ROOM = "there is no room on the disk for this video"


async def receive_video(request: Request, path: Path, has_room: Callable[[], bool]) -> str:
    """Write the part called `file` to `path`, while the disk has room for more; returns the file
    name that it was sent with.

    Raises Overloaded if there is none, ApiError if the format is not supported, as soon as the
    first bytes have come.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError(415, "unsupported_media_type", f"send a form with a file called {FIELD!r}")
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        form = _Form(boundary, file)
        pieces = bytearray()
        async for chunk in request.stream():
            pieces += chunk
            if len(pieces) >= PIECE_BYTES:
                if not has_room():
                    raise Overloaded(NO_ROOM, 3600.0)
                await run_in_threadpool(form.write, bytes(pieces))
                pieces.clear()
        await run_in_threadpool(form.end, bytes(pieces))
    return form.name


class _Form:
    """Takes the form apart as it comes. Blocks while it writes."""

    def __init__(self, boundary: bytes, file: IO[bytes]) -> None:
        self.name = ""
        self._file = file
        self._parts = 0
        self._header, self._value = bytearray(), bytearray()
        self._writes = self._found = self._ended = False
        self._head = bytearray()
        self._size = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_part_data": self._take,
                "on_end": self._end,
            },
        )

    def write(self, content: bytes) -> None:
        """Raises ApiError."""
        try:
            self._parser.write(content)
        except FormParserError as error:
            raise BadRequest("bad_form", f"the form cannot be read: {error}"[:200]) from error
        except OSError as error:
            message = f"the video cannot be kept here: {error.strerror}"
            raise ApiError(503, "no_space", message) from error

    def end(self, content: bytes) -> None:
        """The last of it. Raises ApiError, also where the form had no video or broke off."""
        self.write(content)
        if not self._ended:
            raise BadRequest("bad_form", "the form broke off before its end")
        if not self._found:
            raise BadRequest("bad_form", f"the form has no file called {FIELD!r}")
        if self._size <= HEAD_BYTES:
            self._check_head()

    def _begin(self) -> None:
        self._parts += 1
        self._writes = False
        if self._parts > MAX_PARTS:
            raise BadRequest("bad_form", f"a form has at most {MAX_PARTS} parts")

    def _end_header(self) -> None:
        header, value = bytes(self._header), bytes(self._value)
        self._header.clear()
        self._value.clear()
        if header.lower() != b"content-disposition":
            return
        _, options = parse_options_header(value)
        if options.get(b"name") == FIELD.encode() and not self._found:
            self._writes = self._found = True
            self.name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if not self._writes:
            return
        before, self._size = self._size, self._size + end - start
        if before <= HEAD_BYTES:
            self._head += data[start : min(end, start + HEAD_BYTES)]
            if self._size > HEAD_BYTES:
                self._check_head()
        self._file.write(memoryview(data)[start:end])

    def _end(self) -> None:
        self._ended = True

    def _check_head(self) -> None:
        if container_of(bytes(self._head[:HEAD_BYTES])) is None:
            raise ApiError(415, "unsupported_media_type", NOT_READ)
