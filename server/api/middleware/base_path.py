"""The application under a path of a reverse proxy, by an option or by what the proxy says.

A proxy may take the path off or pass it on: both give the same request. So do requests that come
around the proxy, without the path.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lookout.command_line import is_base_path
from lookout.server.accounts.trusted import Trust
from lookout.server.api.services.base_path import stand_under

PREFIX_HEADERS = ("x-forwarded-prefix", "x-ingress-path")
"""The second is Home Assistant's."""


class BasePath:
    """Outside of everything else; puts the path into `root_path`, as ASGI has it."""

    def __init__(self, app: ASGIApp, *, base_path: str, trust: Trust) -> None:
        self._app = app
        self._base_path = base_path
        self._trust = trust

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = self._placed(scope)
            stand_under(scope["root_path"])
        await self._app(scope, receive, send)

    def _placed(self, scope: Scope) -> Scope:
        prefix, scheme, path = self._base_path, scope["scheme"], scope["path"]
        client = scope["client"]
        if client is not None and self._trust.is_proxy(client[0]):
            headers = Headers(scope=scope)
            prefix = _forwarded_prefix(headers) or prefix
            scheme = _forwarded_scheme(headers, scheme)
        if path != prefix and not path.startswith(f"{prefix}/"):
            path = prefix + path
        return {**scope, "root_path": prefix, "path": path, "scheme": scheme}


def _forwarded_prefix(headers: Headers) -> str:
    given = (headers.get(name, "").rstrip("/") for name in PREFIX_HEADERS)
    return next((prefix for prefix in given if is_base_path(prefix)), "")


def _forwarded_scheme(headers: Headers, scheme: str) -> str:
    """Of several values the last is the one that the proxy wrote itself."""
    secure = {"http": "https", "ws": "wss"}
    said = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip()
    return secure.get(scheme, scheme) if said == "https" else scheme
