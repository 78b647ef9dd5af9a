"""What keeps other web sites away from a camera on the home network.

The pages have no login, as in a home network's printer or router, so a browser at home must not
become a bridge for a page from outside:

- DNS rebinding (a foreign name that suddenly points at 192.168.1.x): the Host header must be an
  address, a name that nobody outside can own, or one that the owner allowed.
- Requests forged by another page: whatever changes something takes JSON only, which a browser
  sends across origins only after asking, and its Origin and Sec-Fetch-Site must be ours.
- Embedding: no other site may frame the page or show its pictures.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request

LOCAL_ENDINGS = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost", ".fritz.box")
"""Names that the public DNS does not hand out; the last is a router's that is common in Europe."""

LARGEST_REQUEST = 4096
"""Bytes of a body: a name and its JSON."""

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


def guard(app: Flask, allowed_hosts: tuple[str, ...]) -> None:
    """Puts the guards in front of every route of `app`."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    own = {socket.gethostname().lower(), *(host.lower() for host in allowed_hosts)}

    @app.before_request
    def check() -> None:
        if not is_home_name(request.host, own):
            name = urlsplit(f"//{request.host}").hostname
            abort(421, f"Not served under this name. To allow it: --allow-host {name}")
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _is_from_our_page(request):
            abort(403, "Only Lookout's own page may do that.")

    @app.after_request
    def seal(response: Response) -> Response:
        for header, value in HEADERS.items():
            response.headers.setdefault(header, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def is_home_name(host: str, own: set[str]) -> bool:
    """Whether a Host header's name can only mean a machine at home. `own` is in lower case."""
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


def _is_from_our_page(asked: Request) -> bool:
    if not asked.is_json:
        return False
    if asked.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = asked.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == asked.host
