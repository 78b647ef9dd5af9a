"""The application on a socket, in the event loop that is running already."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from lookout.server.api.connection_gate import ConnectionGate, GateLimits
from lookout.server.api.security.sockets import MAX_MESSAGE_BYTES

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 20
GRACE_S = 1
PING_S = 20.0
"""A WebSocket is asked so often whether it is still there, and has as long to answer."""
STOP_S = 0.7
"""The time that requests may still take once the server is to end."""


class _Uvicorn(uvicorn.Server):
    """uvicorn without its own listening and its own signals."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        self.servers = []
        self.started = True

    def protocol(self) -> asyncio.Protocol:
        """A protocol for one connection."""
        make: Any = self.config.http_protocol_class
        made: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state={}
        )
        return made

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the signals are the whole server's (`server.app`), not uvicorn's


class HttpServer:
    """Serves an application. Event loop's thread only; construct it, `start`, and `close`."""

    def __init__(
        self,
        app: FastAPI,
        listener: socket.socket,
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        limits: GateLimits | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            ws="websockets-sansio",
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
            ws_per_message_deflate=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
        )
        self._server = _Uvicorn(config)
        self._listener = listener
        self._limits = limits
        self._gate: ConnectionGate | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Begin to listen; returns the address in use."""
        host, port = self._listener.getsockname()[:2]
        self._task = asyncio.create_task(self._server.serve(), name="http")
        while not self._server.started:
            await asyncio.sleep(0.01)
            if self._task.done():
                self._task.result()
                break
        tls = self._server.config.ssl
        self._gate = ConnectionGate(self._listener, self._server.protocol, tls, self._limits)
        self._gate.start()
        return host, port

    async def close(self) -> None:
        """Stop listening, let requests end for STOP_S, and end the rest."""
        if self._task is None:
            return
        if self._gate is not None:
            await self._gate.close()
        # requests that are cut off at the end are no errors
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._task, STOP_S)
