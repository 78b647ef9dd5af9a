"""The application behind a real port, and clients that listen to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lookout.server.accounts.scopes import SCOPES, Principal
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.http_server import HttpServer
from lookout.server.storage.records import ApiKey, Event, Role, new_id
from tests.server.api.conftest import *  # noqa: F403 - the application under test
from tests.server.sockets.clients import CLIENTS, Client, Connect, install_node_packages
from tests.support.api import Api

RECHECK_S = 0.2


@dataclass
class Served:
    """The application at `url`."""

    api: Api
    url: str
    opened: contextlib.ExitStack

    def key(self, *cameras: str, role: Role = Role.VIEWER) -> tuple[ApiKey, str]:
        """A key of somebody who may know of these cameras, or of all."""
        maker = Principal("tests", "tests", SCOPES[Role.ADMIN])
        ids = {self.camera(name) for name in cameras} or None
        return self.api.parts.accounts.keys.create(
            "test", SCOPES[role], maker, time.time(), cameras=ids
        )

    def camera(self, name: str) -> str:
        """The id of the camera with this name."""
        return self.api.parts.directory.id_of(name)

    def happens(self, kind: str, camera: str = "", **more: Any) -> int:
        """The number of a new event."""
        event = Event(new_id(), kind, time.time(), camera, **more)
        return self.api.store.events.add(event).number

    def connect(self, client: Connect, key: str, last_id: int | None = None) -> Client:
        connected = client(self.url, key, last_id)
        self.opened.callback(connected.close)
        return connected


@contextlib.contextmanager
def served_at(app: Any) -> Iterator[str]:
    """The address of the application, served by a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    port, started = listener.getsockname()[1], threading.Event()
    end: list[Callable[[], object]] = []

    async def serve() -> None:
        server, ended = HttpServer(app, listener), asyncio.Event()
        loop = asyncio.get_running_loop()
        end.append(lambda: loop.call_soon_threadsafe(ended.set))
        await server.start()
        started.set()
        await ended.wait()
        await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(60.0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        end[0]()
        thread.join(60.0)
        assert not thread.is_alive()


@pytest.fixture
def serve(make_api: Callable[..., Api]) -> Iterator[Callable[..., Served]]:
    with contextlib.ExitStack() as opened:

        def make(settings: ApiSettings | None = None) -> Served:
            settings = settings or ApiSettings(recheck_s=RECHECK_S)
            api = make_api(settings)
            return Served(api, opened.enter_context(served_at(api.app)), opened)

        yield make


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Connect:
    if "JavaScript" in request.param or "polling" in request.param:
        install_node_packages()
    return CLIENTS[request.param]
