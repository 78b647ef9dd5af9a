"""The blocking client against real sockets: each way to fail, with its message and in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lookout.wire.connection import Connection, connect
from lookout.wire.errors import BadMessage, ConnectionLost, NotAuthorised, TooLarge
from lookout.wire.explain import place, why_unreachable
from lookout.wire.framing import Kind, Limits, Message, encode
from tests.support.wire import FakeServer


@contextmanager
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    """A connection whose other end is in the test's own hands, without a handshake."""
    ours, theirs = socket.socketpair()
    connection = Connection(ours, "the server")
    try:
        yield connection, theirs
    finally:
        connection.close()
        theirs.close()


def test_a_ping_is_answered_over_a_real_connection() -> None:
    with FakeServer("secret") as server:
        connection = connect("127.0.0.1", server.port, client_id="door", token="secret")
        connection.send(Message(Kind.PING))
        assert connection.receive(2.0) == Message(Kind.PONG)
        connection.close()
        assert server.clients == ["door"]


def test_a_wrong_token_is_said_by_the_server() -> None:
    with FakeServer("secret") as server, pytest.raises(NotAuthorised, match="the other side says"):
        connect("127.0.0.1", server.port, client_id="door", token="wrong")


def test_a_port_without_a_listener_says_how_to_start_the_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionLost, match=r"lookout server --host 0\.0\.0\.0"):
        connect("127.0.0.1", port, client_id="door")


def test_a_name_that_nobody_knows_is_called_that() -> None:
    with pytest.raises(ConnectionLost, match="cannot be resolved"):
        connect("no such name.invalid", 8002, client_id="door")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TimeoutError(), "did not answer within 3 s"),
        (OSError(113, "No route to host"), "no route to 10.0.0.9"),
        (PermissionError(1, "Operation not permitted"), "firewall forbids"),
        (OSError(99, "Cannot assign requested address"), "Cannot assign requested address"),
    ],
)
def test_every_other_failure_has_a_message(error: OSError, message: str) -> None:
    assert message in str(why_unreachable(error, "10.0.0.9", 8002, 3.0))


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert place("fe80::1", 8002) == "[fe80::1]:8002"


def test_a_silent_listener_costs_the_handshake_timeout_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        started = time.monotonic()
        with pytest.raises(ConnectionLost, match="does not identify itself"):
            connect("127.0.0.1", mute.getsockname()[1], client_id="door", handshake_timeout_s=0.2)
        assert 0.2 <= time.monotonic() - started < 1.0


def test_a_listener_that_drips_its_greeting_does_not_hold_the_client_longer() -> None:
    greeting = encode(Message(Kind.CHALLENGE, {"nonce": "0" * 64}), Limits())
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            peer, _ = dripping.accept()
            with peer:
                for byte in greeting:
                    if threading.Event().wait(0.05):
                        return
                    try:
                        peer.send(bytes([byte]))
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        with pytest.raises(ConnectionLost):
            connect(
                "127.0.0.1", dripping.getsockname()[1], client_id="door", handshake_timeout_s=0.3
            )
        assert time.monotonic() - started < 1.0
        thread.join(5)


def test_a_web_server_is_no_lookout_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:

        def greet() -> None:
            peer, _ = web.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(BadMessage, match="does not speak Lookout's protocol"):
            connect("127.0.0.1", web.getsockname()[1], client_id="door")
        thread.join(5)


def test_silence_ends_a_receive_and_every_byte_puts_the_end_off() -> None:
    pong = encode(Message(Kind.PONG), Limits())
    with pair() as (connection, theirs):
        with pytest.raises(ConnectionLost, match=r"sent nothing for 0\.1 s"):
            connection.receive(0.1)

        def trickle() -> None:
            for byte in pong:
                threading.Event().wait(0.05)
                theirs.send(bytes([byte]))

        thread = threading.Thread(target=trickle)
        thread.start()
        assert connection.receive(0.4).kind is Kind.PONG  # 18 × 0.05 s in all
        thread.join(5)


def test_a_message_sent_in_one_piece_with_the_next_is_not_mixed_with_it() -> None:
    with pair() as (connection, theirs):
        theirs.sendall(encode(Message(Kind.PONG), Limits()) + encode(Message(Kind.ERROR), Limits()))
        assert [connection.receive(1).kind, connection.receive(1).kind] == [Kind.PONG, Kind.ERROR]


def test_a_ping_puts_the_end_off_and_is_no_message() -> None:
    with pair() as (connection, theirs):
        theirs.sendall(encode(Message(Kind.PING), Limits()) + encode(Message(Kind.PONG), Limits()))
        assert connection.receive(1).kind is Kind.PONG


def test_the_end_of_the_stream_is_the_end_of_the_connection() -> None:
    with pair() as (connection, theirs):
        theirs.close()
        with pytest.raises(ConnectionLost, match="closed the connection"):
            connection.receive(1)
        with pytest.raises(ConnectionLost):
            connection.send(Message(Kind.PING))


def test_a_reader_that_takes_nothing_ends_a_send_and_the_connection() -> None:
    with pair() as (connection, _):
        connection._limits = Limits()  # as after a handshake
        started = time.monotonic()
        with pytest.raises(ConnectionLost, match=r"taken nothing for 0\.2 s"):
            connection.send(Message(Kind.FRAME, {}, bytes(8_000_000)), timeout_s=0.2)
        assert time.monotonic() - started < 1.0
        with pytest.raises(ConnectionLost):
            connection.receive(1)


def test_a_slow_reader_gets_a_large_message_whole() -> None:
    message = Message(Kind.PHOTO, {"a": 1}, bytes(range(256)) * 8000)
    received = bytearray()
    with pair() as (connection, theirs):
        connection._limits = Limits()

        def read_slowly() -> None:
            while len(received) < len(encode(message, Limits())):
                threading.Event().wait(0.01)
                received.extend(theirs.recv(100_000))

        thread = threading.Thread(target=read_slowly)
        thread.start()
        connection.send(message, timeout_s=0.3)
        thread.join(10)
    assert received == encode(message, Limits())


def test_messages_of_several_threads_are_not_interleaved() -> None:
    with pair() as (connection, theirs):
        connection._limits = Limits()
        other = Connection(theirs, "the client")
        other._decoder = type(other._decoder)(Limits())

        def send_all(messages: list[Message]) -> None:
            for message in messages:
                connection.send(message)

        senders = [
            threading.Thread(
                target=send_all,
                args=([Message(Kind.FRAME, {"fill": fill}, bytes([fill]) * 100_000)] * 5,),
            )
            for fill in range(4)
        ]
        for sender in senders:
            sender.start()
        for _ in range(20):
            message = other.receive(5)
            assert message.jpeg == bytes([message.meta["fill"]]) * 100_000
        for sender in senders:
            sender.join(5)


def test_close_in_another_thread_ends_a_receive_at_once() -> None:
    with pair() as (connection, _):
        closer = threading.Timer(0.1, connection.close)
        closer.start()
        started = time.monotonic()
        with pytest.raises(ConnectionLost):
            connection.receive(5)
        assert time.monotonic() - started < 1
        closer.join(5)


def test_a_picture_over_the_servers_limit_is_refused_before_it_is_sent() -> None:
    with FakeServer() as server:
        connection = connect("127.0.0.1", server.port, client_id="door")
        with pytest.raises(TooLarge, match="8,388,609 bytes, the limit is 8,388,608"):
            connection.send(Message(Kind.PHOTO, {}, bytes(8 * 1024 * 1024 + 1)))
        connection.send(Message(Kind.PING))
        assert connection.receive(2).kind is Kind.PONG
        connection.close()
