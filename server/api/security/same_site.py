"""The guard against other web sites where a request needs no key (`--no-auth`, `--trust`).

A browser on this machine or on a trusted address reaches the server, too, and a page from outside
must not make it a bridge:

- DNS rebinding (a foreign name that suddenly points at this server): the Host must be a name that
  was allowed by `--allow-http-host`, or no name at all, for an address cannot be rebound.
- Requests forged by another page: what changes something must not come from another origin, unless
  that was allowed by `--cors-origin`. Programs send neither Origin nor Sec-Fetch-Site.

With a key or a token none of this is needed: a foreign page has neither, and the one cookie that
there is (`sign_in_cookie`) is not sent for it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from lookout.server.api.errors.api_error import ErrorResponse
from lookout.wire.access import is_loopback

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def foreign(
    method: str,
    headers: Headers,
    origins: Collection[str],
    hosts: Collection[str] = (),
    *,
    addresses: bool = False,
) -> ErrorResponse | None:
    """The refusal of a request that another site may have made; None for all others.

    origins: pages of these may do as they please. hosts: names of this server besides localhost, in
    lower case. addresses: whether any address may stand in place of a name.
    """
    host = headers.get("host", "")
    name = _name_of(host)
    if not (is_loopback(name) or name in hosts or (addresses and _is_address(name))):
        words = (
            f"without a key this is not served under the name {name[:80]!r}: ask for localhost, or "
            "start the server with --allow-http-host and this name"
        )
        return ErrorResponse(421, "misdirected", words)
    if method in _READING:
        return None
    origin = headers.get("origin")
    if origin is not None and origin in origins:
        return None
    apart = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    if apart or (origin is not None and urlsplit(origin).netloc != host):
        words = "a page of another site must not do this without a key; --cors-origin allows one"
        return ErrorResponse(403, "foreign_origin", words)
    return None


def _name_of(host: str) -> str:
    """The name in a Host header, without port and last dot, in lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
