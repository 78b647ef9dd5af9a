"""What every request passes: an id, a place among those in flight, a time for its body, headers."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lookout.server.api.errors.api_error import ErrorResponse
from lookout.server.api.errors.envelope import Envelopes, internal, path_within
from lookout.server.api.security.same_site import foreign
from lookout.server.api.services.metrics import Metrics

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 128
BODY_TIMEOUT_S = 60.0
"""For a whole body: a slow sender must not hold a place for ever."""
SLOWEST_BYTES_PER_S = 256 * 1024
"""A large body, a video, may take as long as it takes at this rate."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz", "/metrics"})

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Gatekeeper:
    """The outermost layer of the application; the event loop's thread only."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        envelopes: Envelopes,
        metrics: Metrics,
        no_auth: bool = False,
        origins: Collection[str] = (),
        hosts: Collection[str] = (),
        max_in_flight: int = MAX_IN_FLIGHT,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self._app = app
        self._envelopes = envelopes
        self._metrics = metrics
        self._no_auth = no_auth
        self._origins = frozenset(origins)
        self._hosts = frozenset(hosts)
        self._max_in_flight = max_in_flight
        self._body_timeout_s = body_timeout_s
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        scope["request_id"] = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        began_s = time.monotonic()
        self._in_flight += 1
        self._metrics.in_flight.set(self._in_flight)
        sending = _Sending(scope, send)
        try:
            await self._serve(scope, receive, sending)
        finally:
            self._in_flight -= 1
            self._metrics.in_flight.set(self._in_flight)
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.count(scope["method"], route, sending.status, time.monotonic() - began_s)

    async def _serve(self, scope: Scope, receive: Receive, sending: _Sending) -> None:
        refused = self._refusal(scope)
        if refused is not None:
            await self._tell(scope, receive, sending, refused)
            return
        try:
            await self._app(scope, _Body(receive, self._body_timeout_s), sending)
        except _BodyTooSlow:
            words = (
                f"the body did not come within {self._body_timeout_s:g} s, or slower than "
                f"{SLOWEST_BYTES_PER_S >> 10} KiB/s"
            )
            await self._tell(scope, receive, sending, ErrorResponse(408, "timed_out", words))
        except Exception:
            # a request must not end the connection of others, and nothing is swallowed unlogged
            log.exception("%s %s failed [%s]", scope["method"], scope["path"], scope["request_id"])
            if sending.status:
                raise
            await self._tell(scope, receive, sending, internal())

    def _refusal(self, scope: Scope) -> ErrorResponse | None:
        if self._in_flight > self._max_in_flight and path_within(scope) not in _ALWAYS_ANSWERED:
            words = f"{self._max_in_flight} requests are being served; try again in a moment"
            return ErrorResponse(503, "overloaded", words, retry_after_s=1.0)
        encoding = Headers(scope=scope).get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            words = "send the body as it is: compressed bodies are not unpacked"
            return ErrorResponse(415, "unsupported_media_type", words)
        if self._no_auth:
            return foreign(scope["method"], Headers(scope=scope), self._origins, self._hosts)
        return None

    async def _tell(
        self, scope: Scope, receive: Receive, sending: _Sending, answer: ErrorResponse
    ) -> None:
        if sending.status:
            raise _BodyTooSlow
        response = self._envelopes.tell(path_within(scope), answer, scope["request_id"])
        await response(scope, receive, sending)


class _BodyTooSlow(Exception):
    pass


class _Body:
    """The body as it comes in, until its time is up; what has come gains time for the rest."""

    def __init__(self, receive: Receive, timeout_s: float) -> None:
        self._receive = receive
        self._until_s = time.monotonic() + timeout_s
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()  # waits for the client to go away: no time limit
        try:
            async with asyncio.timeout(max(0.0, self._until_s - time.monotonic())):
                message = await self._receive()
        except TimeoutError as error:
            raise _BodyTooSlow from error
        self._until_s += len(message.get("body", b"")) / SLOWEST_BYTES_PER_S
        self._whole = not message.get("more_body", False)
        return message


class _Sending:
    """Sends, adds the headers of every answer, and remembers the status; 0 until it is sent."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self._scope["request_id"]
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)
