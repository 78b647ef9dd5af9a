"""The asyncio side of a connection: read, send, and the server's half of the handshake."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from lookout.wire import auth
from lookout.wire.errors import BadMessage, ConnectionLost, NotAuthorized, WireError
from lookout.wire.framing import HANDSHAKE_LIMITS, Decoder, Kind, Limits, Message, encode
from lookout.wire.records import Refusal
from lookout.wire.refusals import error_message, error_of, refusal_of

CHUNK_BYTES = 256 * 1024

REFUSAL_TIMEOUT_S = 1.0
"""The time that a refused peer has to read the reason."""


async def read_message(reader: asyncio.StreamReader, decoder: Decoder, timeout_s: float) -> Message:
    """The next message, whole within `timeout_s`.

    Raises ConnectionLost at the end of the stream or the time, BadMessage for what is no message.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while (message := decoder.next_message()) is None:
                data = await reader.read(min(decoder.wanted, CHUNK_BYTES))
                if not data:
                    raise ConnectionLost("the other side closed the connection")
                decoder.feed(data)
            return message
    except TimeoutError as error:
        raise ConnectionLost(f"no whole message came within {timeout_s:g} s") from error
    except OSError as error:
        raise ConnectionLost(f"the connection broke: {error}") from error


async def send_message(
    writer: asyncio.StreamWriter, message: Message, timeout_s: float, limits: Limits | None = None
) -> None:
    """Send, and wait until the peer has room for more.

    A peer that does not read for `timeout_s` loses its connection: it is aborted, so that its
    unread bytes are freed. Raises ConnectionLost for that, TooLarge and BadMessage like `encode`.
    """
    data = encode(message, limits or Limits())
    try:
        writer.write(data)
        async with asyncio.timeout(timeout_s):
            await writer.drain()
    except TimeoutError as error:
        writer.transport.abort()
        raise ConnectionLost(f"the other side has read nothing for {timeout_s:g} s") from error
    except OSError as error:
        raise ConnectionLost(f"the connection broke: {error}") from error


class Keys(Protocol):
    """The API keys that edges may connect with."""

    async def secret(self, key_id: str) -> str | None:
        """The secret of the key with this id (`wire.keys`); None where it is not, or no longer,
        good for an edge. Raises NotNow where that cannot be looked up at this moment."""

    async def may_enrol(self, key_id: str) -> bool:
        """Whether an edge with this key may send photographs and corrections."""


async def accept(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    token: str,
    timeout_s: float,
    limits: Limits | None = None,
    keys: Keys | None = None,
    load: int = 0,
) -> auth.Hello:
    """The server's half of the handshake; returns who the client is, who is told of the `load`.

    `limits` are what this server accepts afterwards, from a new `Decoder(limits)`. The stranger may
    send one small HELLO and nothing else, and has `timeout_s` for it. On failure the stranger is
    sent the reason, and NotAuthorized, NotNow, BadMessage or ConnectionLost is raised;
    the caller then closes.
    """
    try:
        asked = auth.challenge(token, keys is not None)
        await send_message(writer, Message(Kind.CHALLENGE, asked.to_meta()), timeout_s)
        message = await read_message(reader, Decoder(HANDSHAKE_LIMITS), timeout_s)
        if message.kind is Kind.ERROR:
            raise error_of(Refusal.from_meta(message.meta))
        if message.kind is not Kind.HELLO:
            raise BadMessage(f"a connection begins with HELLO, got {message.kind.name}")
        hello = auth.Hello.from_meta(message.meta)
        secret = token if hello.key is None else await _secret(keys, hello.key)
        welcome = replace(auth.admit(asked, hello, secret, limits or Limits()), load=load)
    except WireError as error:
        await tell_why(writer, error)
        raise
    await send_message(writer, Message(Kind.WELCOME, welcome.to_meta()), timeout_s)
    return hello


async def _secret(keys: Keys | None, key_id: str) -> str:
    secret = None if keys is None else await keys.secret(key_id)
    if secret is None:
        raise NotAuthorized(
            "this API key cannot be used by an edge: it is unknown here, revoked or "
            "expired, or lacks the right `edge`; make a new one with POST /api/v1/keys"
        )
    return secret


async def tell_why(writer: asyncio.StreamWriter, error: WireError) -> None:
    """Sends the peer the reason why its connection is about to be closed, if it still listens."""
    if writer.is_closing():
        return
    try:
        await send_message(writer, error_message(refusal_of(error)), REFUSAL_TIMEOUT_S)
    except ConnectionLost:
        return  # the peer has gone already
