"""The password of the page: HTTP Basic, compared in constant time, with a pause after failures."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from flask import Flask, Request, Response, request

from lookout.edge.page_access import PageAccess

FREE_ATTEMPTS = 5
"""Wrong passwords of one address before it has to wait."""

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
MOST_ADDRESSES = 1024
"""Addresses that are remembered; the one that was silent longest makes room."""

OPEN_ENDPOINTS = frozenset({"pages.healthz"})
"""For what watches over this program; it says nothing of what the camera sees."""


class Attempts:
    """Wrong passwords by address. Safe to use from any thread; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try again; 0 when it may now."""
        with self._lock:
            count, since = self._wrong.get(address, (0, 0.0))
        if count < FREE_ATTEMPTS:
            return 0.0
        pause_s = min(FIRST_WAIT_S * 2.0 ** (count - FREE_ATTEMPTS), LONGEST_WAIT_S)
        return max(0.0, since + pause_s - self._clock())

    def failed(self, address: str) -> None:
        with self._lock:
            count, since = self._wrong.pop(address, (0, 0.0))
            if self._clock() - since > 2 * LONGEST_WAIT_S:
                count = 0
            self._wrong[address] = (min(count + 1, 64), self._clock())
            while len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def succeeded(self, address: str) -> None:
        with self._lock:
            self._wrong.pop(address, None)


def require_password(app: Flask, access: PageAccess, attempts: Attempts | None = None) -> None:
    """Asks for the password before every route of `app` that needs it."""
    if not access.password:
        return
    tries = attempts or Attempts()

    @app.before_request
    def check() -> Response | None:
        if not _is_guarded(request, access):
            return None
        address = request.remote_addr or ""
        if (wait_s := tries.wait_s(address)) > 0:
            return _refusal(429, "Too many wrong passwords; wait a moment.", wait_s)
        login = request.authorization
        if login is None or login.type != "basic":
            return _refusal(401, "This page asks for a password; the user name does not matter.")
        if not access.opens_with(login.password):
            tries.failed(address)
            return _refusal(401, "That is not the password of this page.")
        tries.succeeded(address)
        return None


def _is_guarded(asked: Request, access: PageAccess) -> bool:
    if asked.endpoint in OPEN_ENDPOINTS:
        return False
    return not (access.watch_freely and asked.method in ("GET", "HEAD", "OPTIONS"))


def _refusal(status: int, message: str, wait_s: float = 0.0) -> Response:
    body = json.dumps({"error": message})
    response = Response(body, status=status, content_type="application/json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Lookout", charset="UTF-8"'
    else:
        response.headers["Retry-After"] = str(max(1, round(wait_s + 0.5)))
    return response
