"""Events over a plain WebSocket, and as server-sent events.

Every message is one JSON object with a `type`: `hello`, `resync`, or that of an event.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from lookout.server.accounts.errors import AccountError
from lookout.server.accounts.scopes import Scope
from lookout.server.api.errors.api_error import ApiError, Overloaded
from lookout.server.api.security.sockets import (
    NOT_AUTHENTICATED,
    TRY_AGAIN,
    admit,
    close,
)
from lookout.server.sockets.access import credentials_of, look_up_by, number_in
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.serving import EVENT, ClientMessage, LookUp, serve
from lookout.server.storage.errors import StorageError

SOCKET, STREAM = "/api/v1/events/ws", "/api/v1/events/stream"
MAX_STREAMS = 32
"""Of server-sent events: each is a request that is being served for ever."""
STILL_HERE_S = 15.0
"""A comment comes so often where nothing happens, so that both sides know of each other."""
EVENT_STREAM = "text/event-stream"


def install_plain(app: FastAPI, hub: Hub, recheck_s: float) -> None:
    """Adds both ways to the application."""
    streams = EventStreams(hub, recheck_s)

    async def socket(websocket: WebSocket) -> None:
        await _serve_socket(websocket, hub, recheck_s)

    app.router.routes.append(WebSocketRoute(SOCKET, socket))
    app.router.routes.append(Route(STREAM, streams.answer, methods=["GET"]))


async def _serve_socket(socket: WebSocket, hub: Hub, recheck_s: float) -> None:
    admission = await admit(socket, Scope.SIGHTINGS_READ)
    if admission is None:
        return

    async def send(message: ClientMessage) -> None:
        await socket.send_text(text_of(message))

    look_up = look_up_by(socket, admission.credentials)
    last_id = number_in(socket.query_params.get("last_id"))
    telling = asyncio.create_task(serve(hub, look_up, last_id, send, recheck_s))
    hearing = asyncio.create_task(_until_gone(socket))
    try:
        await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            await close(socket, NOT_AUTHENTICATED, telling.result())
    except (Overloaded, StorageError) as error:
        await close(socket, TRY_AGAIN, str(error))
    except (AccountError, ApiError) as error:
        await close(socket, NOT_AUTHENTICATED, str(error))
    except WebSocketDisconnect:
        return
    finally:
        for task in (telling, hearing):
            task.cancel()
        await asyncio.gather(telling, hearing, return_exceptions=True)


async def _until_gone(socket: WebSocket) -> None:
    """What the client says after its token is of no interest."""
    while socket.client_state is WebSocketState.CONNECTED:
        await socket.receive()


def text_of(message: ClientMessage) -> str:
    """The message as one JSON object."""
    data = message.data if message.name == EVENT else {"type": message.name, **message.data}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def sse_of(message: ClientMessage) -> str:
    """The message as a server-sent event: those without a name are events, and have an id."""
    head = f"id: {message.data['id']}" if message.name == EVENT else f"event: {message.name}"
    return f"{head}\ndata: {text_of(message)}\n\n"


class EventStreams:
    """The streams of server-sent events that are open. The event loop's thread only."""

    def __init__(self, hub: Hub, recheck_s: float) -> None:
        self._hub = hub
        self._recheck_s = recheck_s
        self._open = 0

    async def answer(self, request: Request) -> Response:
        """The endless answer to one request. Raises AccountError, ApiError or StorageError."""
        credentials = await run_in_threadpool(credentials_of, request)
        look_up = look_up_by(request, credentials)
        await run_in_threadpool(look_up)  # refused before anything is sent
        self._hub.require_room()
        if self._open >= MAX_STREAMS:
            raise Overloaded(f"{MAX_STREAMS} clients read this stream; try again later", 30.0)
        given = request.headers.get("last-event-id", request.query_params.get("last_id"))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._lines(look_up, number_in(given)), media_type=EVENT_STREAM, headers=headers
        )

    async def _lines(self, look_up: LookUp, last_id: int | None) -> AsyncIterator[str]:
        lines: asyncio.Queue[str] = asyncio.Queue(maxsize=1)

        async def send(message: ClientMessage) -> None:
            await lines.put(sse_of(message))

        self._open += 1
        telling = asyncio.create_task(serve(self._hub, look_up, last_id, send, self._recheck_s))
        try:
            while (line := await _next(lines, telling)) is not None:
                yield line
        finally:
            self._open -= 1
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


async def _next(lines: asyncio.Queue[str], telling: asyncio.Task[str]) -> str | None:
    """The next line, a comment where none came in time, None at the end."""
    waiting = asyncio.ensure_future(lines.get())
    await asyncio.wait(
        (waiting, telling), timeout=STILL_HERE_S, return_when=asyncio.FIRST_COMPLETED
    )
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None if telling.done() else ": still here\n\n"
