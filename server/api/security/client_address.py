"""The address of the client behind a request, for the audit log and for trusted networks."""

from __future__ import annotations

from fastapi import Request

from lookout.server.accounts.scopes import Principal
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.security.same_site import foreign

FORWARDING_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip")
"""Each says that the client is not the other end of the connection."""


def address_of(request: Request) -> str:
    """The client's address: the connection's, or the one that a named proxy reports."""
    peer = _peer(request)
    trust = _settings(request).trust
    if not trust.proxies:
        return peer
    return str(trust.client(peer, _forwarded(request)) or peer)


def trusted_principal(request: Request) -> Principal | None:
    """The principal that the client's address stands for, None for a stranger's.

    Raises ApiError for a request that a page of another site may have made: a browser on a trusted
    address must not become its bridge.
    """
    settings = _settings(request)
    principal = settings.trust.principal_at(_peer(request), _forwarded(request))
    if principal is None:
        return None
    refused = foreign(
        request.method,
        request.headers,
        settings.cors_origins,
        settings.allowed_hosts,
        addresses=True,
    )
    if refused is not None:
        raise ApiError(refused.status, refused.code, refused.message)
    return principal


def _settings(request: Request) -> ApiSettings:
    settings: ApiSettings = request.app.state.settings
    return settings


def _peer(request: Request) -> str:
    return "" if request.client is None else request.client.host


def _forwarded(request: Request) -> list[str] | None:
    if not any(name in request.headers for name in FORWARDING_HEADERS):
        return None
    return ",".join(request.headers.getlist("x-forwarded-for")).split(",")
