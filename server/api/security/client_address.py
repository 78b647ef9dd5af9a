"""The address of the client behind a request, for the audit log and for trusted networks."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from lookout.server.accounts.scopes import Principal
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.security.same_site import foreign

FORWARDING_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip")
"""Each says that the client is not the other end of the connection."""


def address_of(connection: HTTPConnection) -> str:
    """The client's address: the connection's, or the one that a named proxy reports."""
    peer = _peer(connection)
    trust = _settings(connection).trust
    if not trust.proxies:
        return peer
    return str(trust.client(peer, _forwarded(connection)) or peer)


def trusted_principal(connection: HTTPConnection) -> Principal | None:
    """The principal that the client's address stands for, None for a stranger's.

    Raises ApiError for a request that a page of another site may have made: a browser on a trusted
    address must not become its bridge.
    """
    settings = _settings(connection)
    principal = settings.trust.principal_at(_peer(connection), _forwarded(connection))
    if principal is None:
        return None
    refused = foreign(
        connection.scope.get("method", "SOCKET"),  # a WebSocket is no mere reading
        connection.headers,
        settings.cors_origins,
        settings.allowed_hosts,
        addresses=True,
    )
    if refused is not None:
        raise ApiError(refused.status, refused.code, refused.message)
    return principal


def _settings(connection: HTTPConnection) -> ApiSettings:
    settings: ApiSettings = connection.app.state.settings
    return settings


def _peer(connection: HTTPConnection) -> str:
    return "" if connection.client is None else connection.client.host


def _forwarded(connection: HTTPConnection) -> list[str] | None:
    if not any(name in connection.headers for name in FORWARDING_HEADERS):
        return None
    return ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
