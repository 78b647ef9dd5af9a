"""The application on a socket, in the event loop that is running already."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 20
BACKLOG = 256
GRACE_S = 1
"""How long requests may still take once the server is told to end."""


class _Uvicorn(uvicorn.Server):
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
    ) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            backlog=BACKLOG,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
        )
        self._server = _Uvicorn(config)
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Begin to listen; returns the address in use."""
        host, port = self._listener.getsockname()[:2]
        self._task = asyncio.create_task(self._server.serve([self._listener]), name="http")
        while not self._server.started:
            await asyncio.sleep(0.01)
            if self._task.done():
                self._task.result()
                break
        return host, port

    async def close(self) -> None:
        """Stop listening, let requests end for GRACE_S, and end the rest."""
        if self._task is None:
            return
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._task, GRACE_S + 1.0)
