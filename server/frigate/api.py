"""Frigate's HTTP API, as far as the companion asks it; what it sends is a stranger's, and bounded.

By http.client, as the webhooks of alerts: no redirect is followed, and every wait has an end.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

from lookout.server.frigate.errors import FrigateLost, FrigateRefused
from lookout.server.frigate.options import FrigateOptions

TIMEOUT_S = 5.0
CLIP_TIMEOUT_S = 30.0
MOST_PICTURE = 32 << 20
MOST_CLIP = 512 << 20
_PIECE = 1 << 16


class FrigateApi:
    """For any thread; every call has a connection of its own.

    Every method raises FrigateLost and FrigateRefused.
    """

    def __init__(self, options: FrigateOptions, tls: ssl.SSLContext | None = None) -> None:
        """tls: by what certificates are checked; None: by the system's."""
        self._options = options
        self._tls = tls
        self._token = ""

    def snapshot(self, event: str) -> bytes:
        """The best picture of an event so far, as Frigate has it, in the size in which it
        detects."""
        return self._get(f"/api/events/{event}/snapshot.jpg?crop=0&bbox=0&timestamp=0&quality=95")

    def full_frame(self, camera: str) -> bytes:
        """The frame of this moment in the camera's full resolution, from go2rtc."""
        path = f"/api/frame.jpeg?src={quote(camera, safe='')}"
        return self._asked("GET", self._options.go2rtc, path, MOST_PICTURE)

    def clip(self, event: str, into: Path) -> None:
        """Writes the video of an event that has ended into a file."""
        connection = self._connection(self._options.url, CLIP_TIMEOUT_S)
        with closing(connection), into.open("wb") as file:
            path = self._path(self._options.url, f"/api/events/{event}/clip.mp4")
            response = self._response(connection, "GET", path, None, self._signed())
            left = MOST_CLIP
            while piece := self._read(response, _PIECE):
                left -= len(piece)
                if left < 0:
                    raise FrigateRefused(f"the clip of {event} has more than {MOST_CLIP >> 20} MiB")
                file.write(piece)

    def set_sub_label(self, event: str, name: str, score: float) -> None:
        """Writes a name on an event."""
        body = {"subLabel": name, "subLabelScore": round(score, 4)}
        self._frigate("POST", f"/api/events/{event}/sub_label", body)

    def _get(self, path: str) -> bytes:
        return self._frigate("GET", path)

    def _frigate(self, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
        """Signs in where that is needed, and once more where the sign-in has expired."""
        if self._options.user and not self._token:
            self._sign_in()
        try:
            return self._asked(method, self._options.url, path, MOST_PICTURE, body, self._signed())
        except _SignInNeeded:
            self._sign_in()
            return self._asked(method, self._options.url, path, MOST_PICTURE, body, self._signed())

    def _sign_in(self) -> None:
        given = {"user": self._options.user, "password": self._options.password}
        connection = self._connection(self._options.url, TIMEOUT_S)
        with closing(connection):
            path = self._path(self._options.url, "/api/login")
            response = self._response(connection, "POST", path, given, {})
            cookies = response.headers.get_all("Set-Cookie") or []
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            if name.strip() == "frigate_token":
                self._token = value.strip()
                return
        raise FrigateRefused("Frigate took the password but gave no token")

    def _signed(self) -> Mapping[str, str]:
        return {"Cookie": f"frigate_token={self._token}"} if self._token else {}

    def _asked(
        self,
        method: str,
        base: str,
        path: str,
        most: int,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        connection = self._connection(base, TIMEOUT_S)
        with closing(connection):
            response = self._response(
                connection, method, self._path(base, path), body, headers or {}
            )
            content = self._read(response, most + 1)
        if len(content) > most:
            raise FrigateRefused(f"{path.partition('?')[0]} has more than {most >> 20} MiB")
        return content

    def _response(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        sent = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        where = f"{connection.host}:{connection.port}"
        try:
            connection.request(method, path, sent, {**headers, **kind})
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise FrigateLost(f"{where} cannot be reached: {error}") from error
        if 200 <= response.status < 300:
            return response
        words = f"{where}{path.partition('?')[0]} answered {response.status} {response.reason}"
        if response.status == 401 and self._token:
            self._token = ""
            raise _SignInNeeded(words)
        raise (FrigateLost if response.status >= 500 else FrigateRefused)(words)

    def _read(self, response: http.client.HTTPResponse, most: int) -> bytes:
        try:
            return response.read(most)
        except (OSError, http.client.HTTPException) as error:
            raise FrigateLost(f"an answer of Frigate broke off: {error}") from error

    def _connection(self, base: str, timeout_s: float) -> http.client.HTTPConnection:
        url = urlsplit(base)
        host, port = url.hostname or "", url.port
        if url.scheme == "https":
            context = self._tls or ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=timeout_s)

    def _path(self, base: str, path: str) -> str:
        return urlsplit(base).path.rstrip("/") + path


class _SignInNeeded(FrigateRefused):
    """The token has expired."""
