"""The server's side of the handshake and its timeouts, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from lookout.wire import auth, streams
from lookout.wire.errors import (
    BadMessage,
    ConnectionLost,
    NotAuthorised,
    TooLarge,
    WireError,
    WrongVersion,
)
from lookout.wire.framing import Decoder, Kind, Limits, Message, encode
from lookout.wire.records import Refusal

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
T = TypeVar("T")


def serve(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[T]], peer: Peer
) -> T:
    """Serves one connection of `peer` by `handler`; returns its result or raises its error."""

    async def main() -> T:
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                outcome.set_result(await handler(reader, writer))
            except WireError as error:
                outcome.set_exception(error)
            finally:
                writer.close()

        server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await peer(reader, writer)
                return await asyncio.wait_for(outcome, 5)
            finally:
                writer.transport.abort()

    return asyncio.run(main())


def accepting(token: str = "", timeout_s: float = 2.0) -> Callable[..., Awaitable[auth.Hello]]:
    return lambda reader, writer: streams.accept(reader, writer, token, timeout_s)


def saying(data: bytes, heard: list[Refusal] | None = None) -> Peer:
    """A peer that reads the challenge, says `data` and notes the refusal it gets."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = Decoder(Limits())
        assert (await streams.read_message(reader, decoder, 2)).kind is Kind.CHALLENGE
        writer.write(data)
        if heard is not None:
            message = await streams.read_message(reader, decoder, 2)
            assert message.kind is Kind.ERROR
            heard.append(Refusal.from_meta(message.meta))

    return peer


def hello(mac: str | None = None) -> bytes:
    return encode(Message(Kind.HELLO, auth.Hello("door", "0" * 64, mac).to_meta()), Limits())


def test_an_edge_that_says_hello_is_let_in_under_its_name() -> None:
    assert serve(accepting(), saying(hello())).client == "door"


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        (hello(), NotAuthorised, "not_authorised"),
        (hello("00" * 32), NotAuthorised, "not_authorised"),
        (b"LOOK\x02" + hello()[5:], WrongVersion, "wrong_version"),
        (b"GET / HTTP/1.1\r\n\r\n", BadMessage, "bad_message"),
        (encode(Message(Kind.PING), Limits()), BadMessage, "bad_message"),
        (encode(Message(Kind.FRAME, {}, b"x"), Limits()), TooLarge, "too_large"),
        (encode(Message(Kind.HELLO, {"a": "x" * 4096}), Limits()), TooLarge, "too_large"),
    ],
    ids=["no mac", "wrong mac", "version", "garbage", "ping first", "picture first", "long hello"],
)
def test_a_stranger_gets_the_reason_of_its_refusal(
    data: bytes, error: type[WireError], code: str
) -> None:
    heard: list[Refusal] = []
    with pytest.raises(error):
        serve(accepting("secret"), saying(data, heard))
    assert [(refusal.code, refusal.fatal) for refusal in heard] == [(code, True)]


def test_a_stranger_that_says_nothing_is_turned_away_in_time() -> None:
    heard: list[Refusal] = []
    with pytest.raises(ConnectionLost, match=r"within 0\.2 s"):
        serve(accepting(timeout_s=0.2), saying(b"", heard))
    assert heard[0].code == "timed_out"


def test_a_message_that_drips_is_given_up_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in hello():
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)
            if reader.at_eof():
                return

    with pytest.raises(ConnectionLost, match="no whole message"):
        serve(lambda r, w: streams.read_message(r, Decoder(Limits()), 0.2), drip)


def test_a_peer_that_goes_away_ends_the_read() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(hello()[:20])
        writer.close()

    with pytest.raises(ConnectionLost, match="closed the connection"):
        serve(lambda r, w: streams.read_message(r, Decoder(Limits()), 2), leave)


def test_a_peer_that_does_not_read_loses_its_connection() -> None:
    async def send_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(4):
            await streams.send_message(writer, Message(Kind.RESULT, {}, bytes(8_000_000)), 0.2)

    async def sleep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]

    with pytest.raises(ConnectionLost, match=r"read nothing for 0\.2 s"):
        serve(send_much, sleep)


def test_a_waiting_read_survives_its_timeout_without_losing_bytes() -> None:
    timed_out = asyncio.Event()

    async def in_two_parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(hello()[:20])
        await timed_out.wait()
        writer.write(hello()[20:])

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Message:
        decoder = Decoder(Limits())
        with pytest.raises(ConnectionLost):
            await streams.read_message(reader, decoder, 0.1)
        timed_out.set()
        return await streams.read_message(reader, decoder, 2)

    message = serve(patient, in_two_parts)
    assert isinstance(message, Message)
    assert message.meta["client"] == "door"
