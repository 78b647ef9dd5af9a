"""A network camera: video through FFmpeg, HTTP pictures read directly."""

from __future__ import annotations

import http.client
import logging
import ssl
import threading
import urllib.parse
from collections.abc import Generator, Iterator
from enum import Enum, auto

from lookout.edge.cameras.byte_source import ByteSource
from lookout.edge.cameras.camera_tls import camera_tls
from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.http_camera import HttpCamera
from lookout.edge.cameras.jpeg import (
    START_OF_IMAGE,
    fit_within,
    is_whole_jpeg,
    recompressed,
    to_jpeg,
)
from lookout.edge.cameras.multipart import boundary_of, parts
from lookout.edge.cameras.network_video import READ_TIMEOUT_S, newest_frames
from lookout.edge.cameras.pace import Pace
from lookout.edge.cameras.reader import ReaderCamera
from lookout.wire.redaction import without_secrets

log = logging.getLogger(__name__)

SCHEMES = ("rtsp", "rtsps", "http", "https")
SNAPSHOTS_PER_S = 5.0
"""The pace for a camera that gives one picture an answer; many need 100 ms for each."""
SNIFFED_BYTES = 16
LARGEST_WH = (1920, 1080)


class BodyKind(Enum):
    """The forms in which cameras send pictures over HTTP."""

    PARTS = auto()
    JPEGS = auto()
    WEB_PAGE = auto()
    VIDEO = auto()


class UrlCamera(ReaderCamera):
    """Reads a stream as fast as it comes, so that only its newest picture is ever waiting.

    JPEGs over HTTP pass through as they are; an address that answers with one picture is asked
    again at a pace. All else is decoded by FFmpeg and compressed once, at most `fps` times a
    second. The name never holds the user or the password.
    """

    def __init__(self, url: str, *, fps: float, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(without_secrets(url))
        self._url = url
        self._fps = fps
        self._http: HttpCamera | None = None
        if urllib.parse.urlsplit(url).scheme in ("http", "https"):
            self._http = HttpCamera(url, self.name, tls or camera_tls(), READ_TIMEOUT_S)

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        if self._http is None:
            yield from self._decoded(stop)
            return
        pace = Pace(min(self._fps, SNAPSHOTS_PER_S), stop)
        while pace.wait():
            with self._http.get() as response:
                source = ByteSource(response, stop.is_set)
                try:
                    kind = kind_of(
                        response.headers.get("content-type", ""), source.peek(SNIFFED_BYTES)
                    )
                    count = 0
                    for jpeg in self._pictures(kind, response, source):
                        count += 1
                        yield jpeg
                except CameraLost as error:  # of the readers, which know no names
                    raise CameraLost(f"{self.name}: {error}") from error
            if kind is BodyKind.VIDEO:
                yield from self._decoded(stop)
                return
            if kind is BodyKind.WEB_PAGE:
                raise CameraLost(
                    f"{self.name} answers with a web page: give the address of its pictures, "
                    "often /video, /stream or /snapshot.jpg; its manual names it"
                )
            if count != 1:
                raise CameraLost(f"{self.name}: the stream ended")

    def close(self) -> None:
        if self._http is not None:
            self._http.abort()
        super().close()

    def _pictures(
        self, kind: BodyKind, response: http.client.HTTPResponse, source: ByteSource
    ) -> Iterator[bytes]:
        """The JPEGs of a body, until it ends where it has no parts."""
        if kind is BodyKind.PARTS:
            boundary = boundary_of(response.headers.get("content-type", ""))
            for part in parts(source, boundary):
                yield from self._whole(part)
        elif kind is BodyKind.JPEGS:
            while source.find_jpeg():
                yield from self._whole(source.jpeg())

    def _whole(self, part: bytes) -> Iterator[bytes]:
        if is_whole_jpeg(part):
            yield part
        elif part.startswith(START_OF_IMAGE) and (jpeg := recompressed(part)) is not None:
            yield jpeg
        else:
            log.debug("%s sent a part of %d bytes that is no picture", self.name, len(part))

    def _decoded(self, stop: threading.Event) -> Generator[bytes, None, None]:
        try:
            for image_bgr in newest_frames(self._url, self._fps, stop):
                yield to_jpeg(fit_within(image_bgr, LARGEST_WH))
        except CameraLost as error:
            raise CameraLost(f"{self.name} {error}") from None


def kind_of(content_type: str, begins: bytes) -> BodyKind:
    """The form of a body, by its own first bytes where the content type says too little."""
    declared = content_type.partition(";")[0].strip().lower()
    if declared.startswith("multipart/"):
        return BodyKind.PARTS
    if begins.startswith(START_OF_IMAGE):
        return BodyKind.JPEGS
    if begins.lstrip().startswith(b"--"):
        return BodyKind.PARTS
    if declared == "text/html" or begins.lstrip().startswith(b"<"):
        return BodyKind.WEB_PAGE
    if declared.endswith(("jpeg", "jpg")):
        return BodyKind.JPEGS
    return BodyKind.VIDEO
