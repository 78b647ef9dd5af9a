"""Several servers on real sockets: the least loaded is taken, and the next when it fails."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from benchmarks.support.waiting import wait_until
from lookout.edge.link import Link, LinkSettings, LinkState
from lookout.edge.link_timing import LinkTiming
from lookout.edge.servers import DEFAULT_PORT, REST_S, ServerCandidate, ServerPlace, Servers
from lookout.edge.settings import _servers, read_settings
from lookout.wire.connection import Connection
from lookout.wire.errors import ConnectionLost
from lookout.wire.lookup import Lookup
from tests.edge.test_link import PATIENT, Camera, Heard, camera
from tests.support.wire import FakeServer

__all__ = ["camera"]
GRACE_S = 20.0
"""Until all have answered, on however busy a machine."""


@pytest.fixture
def servers() -> Iterator[tuple[FakeServer, FakeServer]]:
    with FakeServer() as first, FakeServer() as second:
        yield first, second


@contextmanager
def linked(
    camera: Camera, heard: Heard, *servers: FakeServer, timing: LinkTiming | None = None
) -> Iterator[Link]:
    first, *more = (ServerPlace("127.0.0.1", server.port) for server in servers)
    timing = timing or replace(PATIENT, grace_s=GRACE_S)
    settings = LinkSettings(first.host, first.port, camera="door", timing=timing, more=tuple(more))
    link = Link(settings, camera.slot, heard)
    link.start()
    try:
        yield link
    finally:
        link.stop()


def test_the_server_with_the_fewest_cameras_is_taken(
    camera: Camera, servers: tuple[FakeServer, FakeServer]
) -> None:
    busy, idle = servers
    busy.load, idle.load = 3, 1
    heard = Heard()
    with linked(camera, heard, busy, idle) as link:
        wait_until(lambda: link.status().state is LinkState.ONLINE)
        camera.put()
        wait_until(lambda: heard.results)
    assert (busy.frames, idle.frames) == ([], [1])


def test_when_one_dies_the_next_has_the_camera_and_never_both(
    camera: Camera, servers: tuple[FakeServer, FakeServer]
) -> None:
    first, second = servers
    second.load = 5
    heard = Heard()
    with linked(camera, heard, first, second) as link:
        camera.film()
        wait_until(lambda: first.frames)
        assert second.frames == []
        first.close()
        wait_until(lambda: second.frames, what="frames at the other one")
        wait_until(lambda: link.status().online)
        first.open()
        before = len(first.frames)
        seen = len(second.frames)
        wait_until(lambda: len(second.frames) > seen + 5)
        assert len(first.frames) == before, "it stays where it is"


def test_a_camera_moves_to_a_server_that_has_far_fewer_without_going_offline(
    camera: Camera, servers: tuple[FakeServer, FakeServer]
) -> None:
    first, second = servers
    second.load = 2
    heard = Heard()
    timing = replace(PATIENT, grace_s=GRACE_S, balance_s=(0.05, 0.1))
    with linked(camera, heard, first, second, timing=timing) as link:
        camera.film()
        wait_until(lambda: first.frames)
        online_since = link.status().since
        first.load = 4  # two more are no reason to move
        wait_until(lambda: len(second.clients) > 5, what="five looks")
        assert second.frames == []
        first.load = 5
        wait_until(lambda: second.frames, what="frames at the other one")
        wait_until(lambda: link.status().online)
        assert link.status().since == online_since


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_one_that_has_failed_rests_unless_nobody_else_is_in_reach() -> None:
    asked: list[int] = []
    dead: set[int] = set()

    def connect(candidate: ServerCandidate) -> Connection:
        port = candidate.address.sockaddr[1]
        asked.append(port)
        if port in dead:
            raise ConnectionLost(f"{port} is dead")
        ours, theirs = socket.socketpair()
        theirs.close()
        connection = Connection(ours, str(port))
        connection.load = port
        return connection

    clock = Clock()
    places = [ServerPlace("127.0.0.1", port) for port in (1001, 1002)]
    servers = Servers(places, clock)
    with ExitStack() as closing:

        def chosen() -> set[int]:
            asked.clear()
            closing.callback(servers.connect(connect, 20.0, GRACE_S).close)
            return set(asked)

        assert chosen() == {1001, 1002}
        assert servers.others
        servers.failed()  # 1001, with the smaller load
        assert chosen() == {1002}
        clock.now_s += REST_S + 0.1
        assert chosen() == {1001, 1002}
        dead |= {1001, 1002}
        with pytest.raises(ConnectionLost, match="is dead"):
            chosen()
        dead.clear()
        assert chosen() == {1001, 1002}, "both have failed, so both are asked"


def test_every_address_of_a_name_is_a_server_of_its_own() -> None:
    def ask(host: str, port: int, type: int) -> list[object]:
        return [(socket.AF_INET, type, 6, "", (f"10.0.0.{last}", port)) for last in range(1, 4)]

    asked: list[str] = []

    def connect(candidate: ServerCandidate) -> Connection:
        asked.append(candidate.address.sockaddr[0])
        raise ConnectionLost("nobody")

    servers = Servers(
        [ServerPlace("recognisers.local")], lookups=[Lookup("recognisers.local", 8002, ask)]
    )
    with pytest.raises(ConnectionLost):
        servers.connect(connect, 20.0, GRACE_S)
    assert sorted(asked) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert servers.others


def test_a_list_is_an_option() -> None:
    settings = read_settings(["--server", "a:8002, b:9000,[fd00::1]:8003,c"], {})
    assert (settings.server_host, settings.server_port) == ("a", 8002)
    assert settings.more_servers == (
        ServerPlace("b", 9000),
        ServerPlace("fd00::1", 8003),
        ServerPlace("c", DEFAULT_PORT),
    )
    for bad in ("", "a:", "a:99999", "a,,b", "a/b:1", ",".join(f"h{n}" for n in range(65))):
        with pytest.raises(argparse.ArgumentTypeError):
            _servers(bad)
