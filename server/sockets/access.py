"""Who may listen: by the same keys, tokens and addresses as over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.accounts.tokens import MAX_TOKEN_CHARACTERS
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.security.authorization import (
    Credentials,
    credentials_in_headers,
    credentials_of_ticket,
    principal_by,
)
from lookout.server.api.security.same_site import foreign
from lookout.server.sockets.serving import LookUp

MAX_NUMBER = 2**63


def credentials_of(connection: HTTPConnection, auth: object = None) -> Credentials:
    """Those in the headers, in `auth` as `{"token": …}`, or of a ticket in the query; or none.

    Raises InvalidToken, and ApiError for a page of another site where no key is needed.
    """
    settings: ApiSettings = connection.app.state.settings
    if settings.no_auth:
        refused = foreign(
            "SOCKET", connection.headers, settings.cors_origins, settings.allowed_hosts
        )
        if refused is not None:
            raise ApiError(refused.status, refused.code, refused.message)
    sent = credentials_in_headers(connection)
    if sent.secret:
        return sent
    token = auth.get("token") if isinstance(auth, Mapping) else None
    if isinstance(token, str) and token:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise InvalidToken("this is no token of this server")
        return Credentials.of(token)
    ticket = connection.query_params.get("ticket")
    return credentials_of_ticket(connection, ticket) if ticket else Credentials()


def look_up_by(connection: HTTPConnection, credentials: Credentials) -> LookUp:
    """Looks up who is at the other end; whoever may read no events is Forbidden."""

    def look_up() -> Principal:
        principal = principal_by(connection, credentials)
        principal.require(Scope.SIGHTINGS_READ)
        return principal

    return look_up


def number_in(text: object) -> int | None:
    """The number of an event, as JSON or as text; None where it is none."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 19:
        text = int(text)
    if isinstance(text, int) and not isinstance(text, bool) and 0 <= text < MAX_NUMBER:
        return text
    return None
