"""The coordinator's port: mutual TLS, and behind it nothing but what a site may ask of Flower.

A SuperLink serves sites, users and its own programs on one port, and knows no client certificates.
So it listens on this machine only, and this gate stands before it: it lets through the members'
`POST /v1/fleet/…` and nothing else. Whoever has no certificate may join, with an invitation.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Callable
from pathlib import Path

from lookout.json_document import read_json
from lookout.server.federated.certificates import owner_of
from lookout.server.federated.connections import SHUTDOWN_S, Connections, closed, copied
from lookout.server.federated.errors import BadRoundMessage, FederatedError
from lookout.server.federated.members import Members
from lookout.server.federated.signing import from_base64

MAX_HEAD = 16 * 2**10
MAX_BODY = 2**20
MAX_JOIN = 4 * 2**10
MOST_CONNECTIONS = 512
IDLE_S = 120.0
JOIN_S = 10.0
_ALLOWED = re.compile(rb"POST /v1/fleet/[a-z0-9/-]{1,100} HTTP/1\.1")
_LENGTH = re.compile(rb"content-length: *([0-9]{1,8}) *", re.IGNORECASE)
_REFUSED = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

Watch = Callable[[str, bytes], None]
"""Sees what a site sends, after decryption: its id and the bytes. For whoever inspects the wire."""


def _unwatched(_site: str, _content: bytes) -> None:
    """Nobody looks."""


class Gate:
    """One listening port. The event loop's thread only."""

    def __init__(self, members: Members, link_port: int, watch: Watch = _unwatched) -> None:
        """link_port: where the SuperLink listens on this machine."""
        self._members = members
        self._link_port = link_port
        self._watch = watch
        self._connections = Connections(self._talk, MOST_CONNECTIONS)
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listens; returns the port. Raises OSError."""
        context = _context(self._members.folder)
        self._server = await asyncio.start_server(
            self._connections.serve,
            host,
            port,
            ssl=context,
            limit=MAX_HEAD,
            ssl_handshake_timeout=JOIN_S,
            ssl_shutdown_timeout=SHUTDOWN_S,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._connections.close()
            await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if certificate is None:
            await self._join(reader, writer)
            return
        site, key = owner_of(certificate)
        if self._members.active().get(site) != key:
            writer.write(_REFUSED)
            await writer.drain()
            return
        await self._relay(site, reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One line of JSON each way: a token and a key; a site's id and its certificate."""
        async with asyncio.timeout(JOIN_S):
            line = await reader.readline()
        try:
            asked = read_json(line, MAX_JOIN)
            if not isinstance(asked, dict):
                raise BadRoundMessage("it is no object")
            answer = self._members.admit(str(asked.get("token")), from_base64(asked.get("key")))
        except (FederatedError, ValueError) as error:
            answer = {"error": str(error)}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()

    async def _relay(
        self, site: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Requests one by one, each looked at; what comes back as it comes."""
        link_reader, link_writer = await asyncio.open_connection("127.0.0.1", self._link_port)
        back = asyncio.create_task(copied(link_reader, writer))
        try:
            while not back.done():
                async with asyncio.timeout(IDLE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    size = body_size(head)
                    if size is None or self._members.active().get(site) is None:
                        writer.write(_REFUSED)
                        return
                    content = head + await reader.readexactly(size)
                self._watch(site, content)
                link_writer.write(content)
                await link_writer.drain()
        finally:
            back.cancel()
            await closed(link_writer)


def body_size(head: bytes) -> int | None:
    """How long the body of a request is; None for a request that no site makes."""
    first, *fields = head[:-4].split(b"\r\n")
    names = [field.partition(b":")[0].strip().lower() for field in fields]
    lengths = [found for field in fields if (found := _LENGTH.fullmatch(field.strip()))]
    if not _ALLOWED.fullmatch(first) or b"transfer-encoding" in names:
        return None
    if len(lengths) != 1 or names.count(b"content-length") != 1:
        return None
    size = int(lengths[0][1])
    return size if size <= MAX_BODY else None


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / "server.pem", folder / "key.pem")
    context.load_verify_locations(folder / "authority.pem")
    context.verify_mode = ssl.CERT_OPTIONAL  # who joins has none yet
    return context
