"""Connections that say nothing, read nothing or are too many do not keep others out."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket
from starlette.responses import PlainTextResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from lookout.server.api.connection_gate import GateLimits
from lookout.server.api.http_server import HttpServer
from lookout.server.api.security.sockets import MAX_MESSAGE_BYTES
from tests.support.wire import Certificates

pytestmark = pytest.mark.long

LARGE = 64 << 20
ASK = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


def app_of(release: asyncio.Event) -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    async def hello() -> PlainTextResponse:
        return PlainTextResponse("hello")

    @app.get("/large")
    async def large() -> PlainTextResponse:
        return PlainTextResponse("x" * LARGE)

    @app.get("/slow")
    async def slow() -> PlainTextResponse:
        await release.wait()
        return PlainTextResponse("at last")

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await release.wait()
        await socket.send_text("at last")

    return app


@contextlib.asynccontextmanager
async def serving(
    limits: GateLimits, tls: tuple[Path, Path] | None = None
) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """The port, and what lets /slow answer."""
    release = asyncio.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    cert, key = tls or (None, None)
    server = HttpServer(app_of(release), listener, cert, key, limits)
    _, port = await server.start()
    try:
        yield port, release
    finally:
        release.set()
        await server.close()


async def ask(port: int, tls: ssl.SSLContext | None = None) -> bytes:
    """A new connection's answer; empty where it is turned away."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    try:
        return await asyncio.wait_for(reader.read(), 10.0)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60.0):
            await test()

    asyncio.run(bounded())


@pytest.mark.parametrize("said", [b"", b"GET /hello HTTP/1.1\r\nHo", ASK, ASK + b"GET"])
def test_a_connection_without_a_request_ends_in_time(said: bytes) -> None:
    """Nothing said, half a head, nothing after a request, and half of the next."""

    async def test() -> None:
        async with serving(GateLimits(silent_s=0.5)) as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            began_s = time.monotonic()
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            assert 0.4 < time.monotonic() - began_s < 5.0
            writer.close()

    run(test)


def test_a_slow_answer_is_no_silence() -> None:
    async def test() -> None:
        async with serving(GateLimits(silent_s=0.2)) as (port, release):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(ASK.replace(b"hello", b"slow"))
            await asyncio.sleep(1.8)  # longer than the watch needs to find a silent one
            release.set()
            assert b"at last" in await reader.readuntil(b"at last")
            writer.close()

    run(test)


def test_a_web_socket_may_be_silent() -> None:
    async def test() -> None:
        async with (
            serving(GateLimits(silent_s=0.2)) as (port, release),
            connect(f"ws://127.0.0.1:{port}/talk") as socket,
        ):
            await asyncio.sleep(1.8)  # as above
            release.set()
            assert await socket.recv() == "at last"

    run(test)


def test_a_message_of_a_web_socket_has_a_size() -> None:
    async def test() -> None:
        async with (
            serving(GateLimits()) as (port, _),
            connect(f"ws://127.0.0.1:{port}/talk") as socket,
        ):
            await socket.send("x" * (MAX_MESSAGE_BYTES + 1))
            with pytest.raises(ConnectionClosedError) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009  # RFC 6455: too big

    run(test)


def test_a_client_that_reads_nothing_is_gone() -> None:
    async def test() -> None:
        limits = GateLimits(of_address=1, unread_s=0.5)
        async with serving(limits) as (port, _):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.sendall(ASK.replace(b"hello", b"large"))
            deadline_s = time.monotonic() + 20.0
            while not await ask(port):
                assert time.monotonic() < deadline_s
                await asyncio.sleep(0.2)
            sock.close()

    run(test)


def test_those_who_have_a_request_are_not_turned_out_and_the_next_is_turned_away() -> None:
    async def test() -> None:
        async with serving(GateLimits(of_address=2)) as (port, release):
            busy = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            for _, writer in busy:
                writer.write(ASK.replace(b"hello", b"slow"))
            await asyncio.sleep(0.3)
            assert await ask(port) == b""
            release.set()
            for reader, writer in busy:
                assert b"at last" in await reader.readuntil(b"at last")
                writer.close()
            assert b"hello" in await ask(port)

    run(test)


@pytest.mark.parametrize("encrypted", [False, True])
def test_1100_silent_connections_keep_nobody_out_and_use_few_descriptors(
    tmp_path: Path, encrypted: bool
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    tls, context = None, None
    if encrypted:
        made = Certificates(tmp_path)
        tls, context = (made.cert, made.key), ssl.create_default_context(cafile=str(made.ca))

    async def test() -> None:
        async with serving(GateLimits(connections=64, of_address=32), tls) as (port, _):
            with contextlib.ExitStack() as held:
                for _ in range(1100):
                    held.enter_context(socket.create_connection(("127.0.0.1", port)))
                    await asyncio.sleep(0)
                assert b"hello" in await ask(port, context)
                here = len(list(Path("/proc/self/fd").iterdir()))
                assert here < 1100 + 32 + 64  # ours, the server's, the test's

    try:
        run(test)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
