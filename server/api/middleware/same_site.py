"""What keeps other web sites away from a server that asks nobody who they are (`--no-auth`).

It listens on the loopback address only, but a browser on the same machine reaches that, too, and a
page from outside must not make it a bridge:

- DNS rebinding (a foreign name that suddenly points at 127.0.0.1): the Host must mean this machine.
- Requests forged by another page: what changes something must not come from another origin, unless
  that was allowed by `--cors-origin`. Programs send neither Origin nor Sec-Fetch-Site.

With sign-in none of this is needed: a foreign page has no token, and there are no cookies.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from lookout.server.api.errors.api_error import ErrorResponse
from lookout.wire.access import is_loopback

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def foreign(method: str, headers: Headers, origins: Collection[str]) -> ErrorResponse | None:
    """The refusal of a request that another site may have made; None for all others. `origins`
    may do as they please."""
    host = headers.get("host", "")
    if not _is_this_machine(host):
        words = "without sign-in this is served to this machine alone: ask for localhost"
        return ErrorResponse(421, "misdirected", words)
    if method in _READING:
        return None
    origin = headers.get("origin")
    if origin is not None and origin in origins:
        return None
    apart = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    if apart or (origin is not None and urlsplit(origin).netloc != host):
        words = "a page of another site must not do this without sign-in; --cors-origin allows one"
        return ErrorResponse(403, "foreign_origin", words)
    return None


def _is_this_machine(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
