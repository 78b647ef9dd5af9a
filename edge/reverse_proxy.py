"""The page behind a reverse proxy: under a path, and with the browser's own host and address.

All links of the page are relative, so a proxy that takes its path off needs nothing. `base_path`
is for one that passes it on, and X-Forwarded-Prefix (or Home Assistant's X-Ingress-Path) of a
trusted proxy says it without an option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lookout.command_line import is_base_path
from lookout.edge.page_access import PageAccess

PREFIX_HEADERS = ("HTTP_X_FORWARDED_PREFIX", "HTTP_X_INGRESS_PATH")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ReverseProxy:
    """A WSGI application in front of `app` that undoes what proxies did to the request."""

    def __init__(self, app: Wsgi, access: PageAccess) -> None:
        self._app = app
        self._access = access

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        prefix = self._access.base_path
        if self._access.trusts(environ.get("REMOTE_ADDR", "")):
            prefix = _forwarded_prefix(environ) or prefix
            self._believe(environ)
        if prefix:
            environ["SCRIPT_NAME"] = prefix
            path = environ.get("PATH_INFO", "")
            if path == prefix or path.startswith(f"{prefix}/"):
                environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self._app(environ, start)

    def _believe(self, environ: dict[str, Any]) -> None:
        """The headers of one proxy; of several values the last is the one that it wrote itself. The
        client is the last address that is no trusted proxy."""
        for header, variable in (
            ("HTTP_X_FORWARDED_HOST", "HTTP_HOST"),
            ("HTTP_X_FORWARDED_PROTO", "wsgi.url_scheme"),
        ):
            value = environ.get(header, "").rpartition(",")[2].strip()
            if value and (variable != "wsgi.url_scheme" or value in ("http", "https")):
                environ[variable] = value
        for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            if address := hop.strip():
                environ["REMOTE_ADDR"] = address
            if not self._access.trusts(address):
                break


def _forwarded_prefix(environ: dict[str, Any]) -> str:
    for header in PREFIX_HEADERS:
        prefix: str = environ.get(header, "").rstrip("/")
        if is_base_path(prefix):
            return prefix
    return ""
