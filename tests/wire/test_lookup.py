"""Looking up where a server is, with a system that answers when the test says so."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from lookout.wire.connection import connect
from lookout.wire.errors import ConnectionLost
from lookout.wire.lookup import Address, Lookup
from tests.support.wire import FakeServer


class System:
    """Stands in for socket.getaddrinfo. `answers`: addresses, or an error to raise; `gate` closed
    makes it hang."""

    def __init__(self, *hosts: str) -> None:
        self.answers: list[str] | Exception = list(hosts)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = 0

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        assert self.gate.wait(5.0)
        if isinstance(self.answers, Exception):
            raise self.answers
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (to, port)) for to in self.answers]


def at(host: str) -> Address:
    return Address(socket.AF_INET, (host, 8002))


def test_a_look_up_that_hangs_costs_its_timeout_and_its_answer_is_used_later() -> None:
    system = System("10.0.0.5")
    system.gate.clear()
    lookup = Lookup("gpu.local", 8002, system)
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(socket.gaierror):
            lookup.addresses(0.1)
    assert time.monotonic() - started < 1.0
    system.gate.set()
    assert lookup.addresses(2.0) == [at("10.0.0.5")]
    assert system.asked == 1


def test_what_was_found_before_is_good_until_there_is_a_new_answer() -> None:
    system = System("10.0.0.5")
    lookup = Lookup("gpu.local", 8002, system)
    assert lookup.addresses(2.0) == [at("10.0.0.5")]
    system.answers = socket.gaierror(socket.EAI_AGAIN, "the router restarts")
    assert lookup.addresses(2.0) == [at("10.0.0.5")]
    system.gate.clear()
    assert lookup.addresses(0.05) == [at("10.0.0.5")]
    system.answers = ["10.0.0.6"]
    system.gate.set()
    assert lookup.addresses(2.0) == [at("10.0.0.6")]


def test_the_address_that_worked_is_tried_first_while_it_is_one_of_the_hosts() -> None:
    system = System("10.0.0.5", "10.0.0.6")
    lookup = Lookup("gpu.local", 8002, system)
    lookup.addresses(2.0)
    lookup.worked(at("10.0.0.6"))
    assert lookup.addresses(2.0) == [at("10.0.0.6"), at("10.0.0.5")]
    system.answers = ["10.0.0.5"]
    assert lookup.addresses(2.0) == [at("10.0.0.5")]


def test_a_name_that_is_no_name_is_said_to_be_unknown() -> None:
    with pytest.raises(ConnectionLost, match="cannot be resolved"):
        connect("gpu..local", 8002, client_id="door")


def test_a_dead_address_before_the_right_one_is_passed_over() -> None:
    with FakeServer() as server:
        lookup = Lookup("gpu.local", server.port, System("127.0.0.2", "127.0.0.1"))
        connect("gpu.local", server.port, client_id="door", lookup=lookup).close()
        assert lookup.addresses(2.0)[0].sockaddr == ("127.0.0.1", server.port)
