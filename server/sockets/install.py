"""The sockets of the application."""

from __future__ import annotations

import asyncio
import importlib
import logging
from importlib.util import find_spec

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from lookout.server.api.dependencies import Dependencies
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.plain import install_plain

log = logging.getLogger(__name__)


def install_sockets(app: FastAPI, parts: Dependencies, recheck_s: float) -> None:
    """Adds WebSocket and server-sent events, and Socket.IO where the extra `sockets` is
    installed."""
    hub = Hub(parts.feed, parts.envelopes)
    install_plain(app, hub, recheck_s)
    if find_spec("socketio") is None:
        log.info("no Socket.IO: it needs the extra `sockets` (pip install 'lookout[sockets]')")
        return
    app.mount("/socket.io", LateSocketIo(hub, recheck_s))


class LateSocketIo:
    """Socket.IO, whose package is loaded when the first client asks: it brings clients of its own
    with it, whose import took a twentieth of a start. The event loop's thread only."""

    def __init__(self, hub: Hub, recheck_s: float) -> None:
        self._hub = hub
        self._recheck_s = recheck_s
        self._loading = asyncio.Lock()
        self._application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._application or await self._loaded()
        await application(scope, receive, send)

    async def _loaded(self) -> ASGIApp:
        async with self._loading:
            if self._application is None:
                # in a thread: other clients are served meanwhile
                module = await asyncio.to_thread(
                    importlib.import_module, "lookout.server.sockets.socket_io"
                )
                self._application = module.SocketIo(self._hub, self._recheck_s)
            return self._application
