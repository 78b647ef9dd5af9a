"""Events over Socket.IO, protocol 5, at `/socket.io`, the namespace `/`.

A client sends `auth: {token, last_id?}`; the server emits `hello`, `event` and `resync`, and
`ended` with the reason before it ends the connection.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

import socketio
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from lookout.server.accounts.errors import AccountError
from lookout.server.api.errors.api_error import ApiError
from lookout.server.sockets.access import credentials_of, look_up_by, number_in
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.serving import ClientMessage, LookUp, serve
from lookout.server.storage.errors import StorageError

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 16 << 10
"""Of what a client sends: a token, no more."""
MAX_SESSIONS = 256
"""Of Engine.IO, those that have not signed in included."""
SIGN_IN_S = 10.0
"""A session that has not signed in after so long makes room for a newcomer."""
MAX_UNSENT = 64
"""Packets on their way to one client; then its events wait where they have a bound."""
UNSENT_POLL_S = 0.05
ENDED = "ended"


class SocketIo:
    """An ASGI application. The event loop's thread only."""

    def __init__(self, hub: Hub, recheck_s: float) -> None:
        self._hub = hub
        self._recheck_s = recheck_s
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sessions: dict[str, float] = {}
        self._server = socketio.AsyncServer(
            async_mode="asgi",
            # no cookies are read, so no page can borrow a sign-in; where no key is needed,
            # `credentials_of` keeps other pages away, and CORS is the application's
            cors_allowed_origins=[],
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            namespaces=["/"],
            logger=False,
            engineio_logger=False,
        )
        self._server.on("connect", self._connect)
        self._server.on("disconnect", self._disconnect)
        self._app = socketio.ASGIApp(self._server, socketio_path=None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"sid=" not in scope["query_string"] and not await self._make_room():
            words = f"{MAX_SESSIONS} sessions are open; try again later"
            answer = JSONResponse({"code": 503, "message": words}, 503)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        connection = HTTPConnection(environ["asgi.scope"])
        try:
            credentials = await asyncio.to_thread(credentials_of, connection, auth)
            look_up = look_up_by(connection, credentials)
            await asyncio.to_thread(look_up)
        except (AccountError, ApiError, StorageError) as error:
            raise socketio.exceptions.ConnectionRefusedError(str(error)) from error
        last_id = number_in(auth.get("last_id")) if isinstance(auth, Mapping) else None
        self._tasks[sid] = asyncio.create_task(self._serve(sid, look_up, last_id))

    async def _disconnect(self, sid: str, _reason: str) -> None:
        task = self._tasks.pop(sid, None)
        if task is not None:
            task.cancel()

    async def _serve(self, sid: str, look_up: LookUp, last_id: int | None) -> None:
        async def send(message: ClientMessage) -> None:
            await self._until_sent(sid)
            await self._server.emit(message.name, message.data, to=sid)

        try:
            reason = await serve(self._hub, look_up, last_id, send, self._recheck_s)
        except (AccountError, ApiError, StorageError) as error:
            reason = str(error)
        self._tasks.pop(sid, None)
        await self._server.emit(ENDED, {"reason": reason}, to=sid)
        await self._server.disconnect(sid)

    async def _until_sent(self, sid: str) -> None:
        """Waits while the client takes nothing: Engine.IO's own queue has no bound."""
        while True:
            session = self._server.eio.sockets.get(self._server.manager.eio_sid_from_sid(sid, "/"))
            if session is None or session.queue.qsize() < MAX_UNSENT:
                return
            await asyncio.sleep(UNSENT_POLL_S)

    async def _make_room(self) -> bool:
        sessions, now_s = self._server.eio.sockets, time.monotonic()
        self._sessions = {sid: self._sessions.get(sid, now_s) for sid in sessions}
        for sid, since_s in self._sessions.items():
            signed_in = self._server.manager.sid_from_eio_sid(sid, "/") is not None
            if not signed_in and now_s - since_s > SIGN_IN_S:
                await self._server.eio.disconnect(sid)
        return len(sessions) < MAX_SESSIONS
