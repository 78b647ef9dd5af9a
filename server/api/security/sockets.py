"""Who may open a WebSocket, and whether they still may.

The key or token comes in a header, by a ticket in the query, or, from a browser without one, in the
first message: `{"token": "…"}`. Whoever is refused is told by the code of the close frame, which a
page can read; the status of a refused handshake it cannot.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from fastapi import WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from lookout.json_document import BadJson, read_json
from lookout.server.accounts.errors import AccountError, Forbidden
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
from lookout.server.storage.errors import StorageError

log = logging.getLogger(__name__)

NOT_AUTHENTICATED, FORBIDDEN, TRY_AGAIN = 4401, 4403, 1013
"""Codes of the close frame."""
MAX_MESSAGE_BYTES = 64 << 10
"""Of what a client sends: wishes and tokens."""
TOKEN_WAIT_S = 10.0
"""For the first message of whoever has sent no key before it."""
RENEW_S = 15.0
"""So often it is looked up whether the key or token is still good."""
MAX_REASON_BYTES = 120
"""RFC 6455 has room for 123 in a close frame."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who was let in, and by what."""

    socket: WebSocket
    scope: Scope
    credentials: Credentials
    principal: Principal

    async def ended(self) -> str:
        """Returns why, once the key or token is no longer good: expired, revoked, less rights."""
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                principal = await run_in_threadpool(
                    _principal, self.socket, self.credentials, self.scope
                )
                if principal.cameras != self.principal.cameras:
                    return "other cameras may be seen now: connect again"
            except (AccountError, ApiError) as error:
                return str(error)
            except StorageError as error:
                log.warning("a WebSocket stays open unchecked: %s", error)


async def admit(socket: WebSocket, scope: Scope) -> Admission | None:
    """Accepts the WebSocket; None, and it is closed, where whoever asks has not this right."""
    await socket.accept()
    try:
        credentials = await _credentials(socket)
        principal = await run_in_threadpool(_principal, socket, credentials, scope)
    except Forbidden as error:
        await close(socket, FORBIDDEN, str(error))
    except (AccountError, ApiError, BadJson, TimeoutError) as error:
        await close(socket, NOT_AUTHENTICATED, str(error) or "no token came")
    except StorageError as error:
        await close(socket, TRY_AGAIN, str(error))
    except WebSocketDisconnect:
        pass
    else:
        return Admission(socket, scope, credentials, principal)
    return None


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Ends the WebSocket and says why. Also where the other side has gone already."""
    short = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    try:
        await socket.close(code, short)
    except (RuntimeError, WebSocketDisconnect):
        return


async def _credentials(socket: WebSocket) -> Credentials:
    settings: ApiSettings = socket.app.state.settings
    if settings.no_auth:
        refused = foreign("SOCKET", socket.headers, settings.cors_origins, settings.allowed_hosts)
        if refused is not None:
            raise ApiError(refused.status, refused.code, refused.message)
        return Credentials()
    sent = credentials_in_headers(socket)
    ticket = socket.query_params.get("ticket") or None
    if sent.secret or (ticket is None and _is_trusted(socket)):
        return sent
    if ticket:
        return credentials_of_ticket(socket, ticket)
    async with asyncio.timeout(TOKEN_WAIT_S):
        message = read_json((await socket.receive_text()).encode(), MAX_TOKEN_CHARACTERS)
    match message:
        case {"token": str(secret)}:
            return Credentials.of(secret)
    return Credentials()


def _is_trusted(socket: WebSocket) -> bool:
    try:
        principal_by(socket)
    except (AccountError, ApiError):
        return False
    return True


def _principal(socket: WebSocket, credentials: Credentials, scope: Scope) -> Principal:
    principal = principal_by(socket, credentials)
    principal.require(scope)
    return principal
