"""A network camera: RTSP through FFmpeg, HTTP motion JPEG read directly."""

from __future__ import annotations

import http.client
import logging
import math
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator
from typing import Any, BinaryIO, cast

import cv2
import numpy as np

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.jpeg import START_OF_IMAGE, fit_within, is_whole_jpeg, to_jpeg
from lookout.edge.cameras.multipart import boundary_of, parts
from lookout.edge.cameras.reader import ReaderCamera

log = logging.getLogger(__name__)

SCHEMES = ("rtsp", "rtsps", "http", "https")
# Less than the camera loop's patience, so that the reading thread has ended when it opens anew.
CONNECT_TIMEOUT_S = 4.0
READ_TIMEOUT_S = 4.0
LARGEST_WH = (1920, 1080)


class UrlCamera(ReaderCamera):
    """Reads a stream as fast as it comes, so that only its newest picture is ever waiting.

    An HTTP stream of JPEGs passes through as it is. Everything else is decoded by FFmpeg and
    compressed once, at most `fps` times a second. The name never holds the user or the password.
    """

    def __init__(self, url: str, *, fps: float) -> None:
        super().__init__(without_secrets(url))
        self._url = url
        self._interval_s = 1 / fps

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        if urllib.parse.urlsplit(self._url).scheme in ("http", "https"):
            with self._request() as response:
                boundary = boundary_of(response.headers.get("content-type", ""))
                if boundary is not None:
                    yield from self._motion_jpeg(response, boundary, stop)
                    return
        yield from self._decoded(stop)

    def _request(self) -> http.client.HTTPResponse:
        url, user, password = _split_login(self._url)
        logins = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        if user is not None:
            logins.add_password(None, url, user, password or "")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),  # cameras stand in the same house
            _Basic(logins),
            _Digest(logins),
        )
        try:
            response = opener.open(url, timeout=READ_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            error.close()
            hint = ": put user:password@ before the host" if error.code == 401 else ""
            raise CameraLost(f"{self.name} answers {error.code} {error.reason}{hint}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise CameraLost(f"{self.name} cannot be reached: {reason}") from None
        return cast(http.client.HTTPResponse, response)

    def _motion_jpeg(
        self, response: http.client.HTTPResponse, boundary: bytes, stop: threading.Event
    ) -> Generator[bytes, None, None]:
        try:
            for part in parts(cast(BinaryIO, response), boundary):
                if stop.is_set():
                    return
                if is_whole_jpeg(part):
                    yield part
                elif (jpeg := _made_anew(part)) is not None:
                    yield jpeg
                else:
                    log.debug("%s sent a part of %d bytes that is no picture", self.name, len(part))
        except CameraLost as error:  # of the multipart reader, which knows no names
            raise CameraLost(f"{self.name}: {error}") from error
        except TimeoutError:
            message = f"{self.name} sent nothing for {READ_TIMEOUT_S:.0f} s"
            raise CameraLost(message) from None
        except (OSError, http.client.HTTPException) as error:
            raise CameraLost(f"{self.name} broke off: {error}") from error

    def _decoded(self, stop: threading.Event) -> Generator[bytes, None, None]:
        # OpenCV asks RTSP servers for TCP by itself: over UDP, lost packets smear faces.
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            round(CONNECT_TIMEOUT_S * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(READ_TIMEOUT_S * 1000),
        ]
        capture = cv2.VideoCapture(self._url, cv2.CAP_FFMPEG, limits)
        try:
            if not capture.isOpened():
                raise CameraLost(
                    f"{self.name} does not open: it is offline, wants a user and password, or "
                    "sends no video at this address"
                )
            shown = -math.inf
            while not stop.is_set():
                if not capture.grab():
                    raise CameraLost(f"{self.name} stopped sending")
                if time.monotonic() - shown < self._interval_s * 0.9:
                    continue  # drained, not shown
                done, image_bgr = capture.retrieve()
                if done:
                    shown = time.monotonic()
                    yield to_jpeg(fit_within(image_bgr.astype(np.uint8, copy=False), LARGEST_WH))
        finally:
            capture.release()


class _Basic(urllib.request.HTTPBasicAuthHandler):
    def http_error_401(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any) -> Any:
        return _closing(fp, lambda: super(_Basic, self).http_error_401(req, fp, code, msg, headers))


class _Digest(urllib.request.HTTPDigestAuthHandler):
    def http_error_401(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any) -> Any:
        return _closing(
            fp, lambda: super(_Digest, self).http_error_401(req, fp, code, msg, headers)
        )


def _closing(refused: Any, ask_again: Callable[[], Any]) -> Any:
    """urllib leaves the refused connection open when it asks again with a password."""
    try:
        answer = ask_again()
    except OSError:
        refused.close()
        raise
    if answer is not None:
        refused.close()
    return answer


def _made_anew(part: bytes) -> bytes | None:
    """A part that only some decoders read, as a whole JPEG; None where OpenCV cannot either."""
    if not part.startswith(START_OF_IMAGE):
        return None
    image_bgr = cv2.imdecode(np.frombuffer(part, np.uint8), cv2.IMREAD_COLOR)
    return None if image_bgr is None else to_jpeg(image_bgr.astype(np.uint8, copy=False))


def without_secrets(url: str) -> str:
    """The address for people: without user, password, query and fragment."""
    cut = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((cut.scheme, cut.netloc.rpartition("@")[2], cut.path, "", ""))


def _split_login(url: str) -> tuple[str, str | None, str | None]:
    cut = urllib.parse.urlsplit(url)
    bare = cut._replace(netloc=cut.netloc.rpartition("@")[2], fragment="").geturl()
    user = None if cut.username is None else urllib.parse.unquote(cut.username)
    password = None if cut.password is None else urllib.parse.unquote(cut.password)
    return bare, user, password
