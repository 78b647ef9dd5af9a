"""The guards that keep other web sites away from a camera on the home network.

Without a password the pages are open to the home network, as those of a printer or a router, and
with one the browser sends it by itself. So a browser at home must not become a bridge for a page
from outside:

- DNS rebinding (a foreign name that suddenly points at 192.168.1.x): the Host header must be an
  address, a name that nobody outside can own, or one that the owner allowed.
- Requests forged by another page: whatever changes something takes JSON only, which a browser
  sends across origins only after asking, and its Origin and Sec-Fetch-Site must be ours.
- Embedding: no other site may frame the page or show its pictures, but those that are allowed.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request

from lookout.edge.page_access import PageAccess

LOCAL_ENDINGS = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost", ".fritz.box")
"""Names that the public DNS does not hand out; the last is a router's that is common in Europe."""

LARGEST_REQUEST = 4096
"""Bytes of a body: a name and its JSON."""

FOREIGN_PAGE = (
    "Only Lookout's own page may do that. Behind a reverse proxy, have it pass on the browser's "
    "Host (nginx: proxy_set_header Host $http_host;) or start the edge with --allow-host and the "
    "name in the browser's address bar."
)

PICTURES = frozenset({"pages.video_feed", "pages.snapshot"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def guard(app: Flask, allowed_hosts: tuple[str, ...], access: PageAccess) -> None:
    """Puts the guards in front of every route of `app`."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    own = {socket.gethostname().lower(), *(host.lower() for host in allowed_hosts)}

    @app.before_request
    def check() -> None:
        if not is_home_name(request.host, own):
            name = urlsplit(f"//{request.host}").hostname
            abort(421, f"Not served under this name. To allow it: --allow-host {name}")
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _is_from_our_page(request, own):
            abort(403, FOREIGN_PAGE)

    @app.after_request
    def seal(response: Response) -> Response:
        for header, value in _headers(request, access.embedding_origins).items():
            response.headers.setdefault(header, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def is_home_name(host: str, own: set[str]) -> bool:
    """True when a Host header's name can only mean a machine at home. `own` is in lower case."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if not name:
        return False
    if name in own or "." not in name or name.endswith(LOCAL_ENDINGS):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_from_our_page(asked: Request, own: set[str]) -> bool:
    """True for JSON that a page of this very host sent, or no browser at all."""
    if not asked.is_json:
        return False
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    if site == "same-origin":
        return True  # browsers say so themselves, whatever a proxy did to Host
    if site not in (None, "none"):
        return False
    return origin is None or _is_own_origin(origin, asked.host, own)


def _is_own_origin(origin: str, host: str, own: set[str]) -> bool:
    """`own` are the names that the owner allowed, for proxies that replace the Host."""
    try:
        cut, asked = urlsplit(origin), urlsplit(f"//{host}")
        has_port = asked.port is not None
    except ValueError:
        return False
    if cut.netloc == host or cut.hostname in own:
        return True
    # nginx' $host is the browser's host without its port
    return not has_port and cut.hostname is not None and cut.hostname == asked.hostname


def _headers(asked: Request, embedding_origins: tuple[str, ...]) -> dict[str, str]:
    if not embedding_origins:
        return HEADERS
    policy = f"{HEADERS['Content-Security-Policy']} {' '.join(embedding_origins)}"
    headers = HEADERS | {"Content-Security-Policy": policy}
    if asked.endpoint in PICTURES and _may_embed(asked.headers.get("Referer"), embedding_origins):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return headers


def _may_embed(referrer: str | None, embedding_origins: tuple[str, ...]) -> bool:
    """Home Assistant's pages send no Referer, so a picture without one is shown, too."""
    if referrer is None:
        return True
    cut = urlsplit(referrer)
    return f"{cut.scheme}://{cut.netloc}" in embedding_origins
