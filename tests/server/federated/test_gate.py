"""The coordinator's port: who gets in, what gets through, over real sockets and mutual TLS."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from lookout.server.federated.connections import Connections, closed
from lookout.server.federated.errors import BadInvitation, NotJoined
from lookout.server.federated.gate import Gate, body_size
from lookout.server.federated.joining import Tunnel, join, leave, load_site
from lookout.server.federated.members import INVITATION_S, Members
from tests.server.federated.federation import NOW_S

REQUEST = b"POST /v1/fleet/pull-messages HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
WAIT_S = 20.0


class Link:
    """What stands for the SuperLink: answers each request, and keeps what it got."""

    def __init__(self) -> None:
        self.got = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(4096):
            self.got += content
            writer.write(ANSWER)
            await writer.drain()
        await closed(writer)


@contextlib.asynccontextmanager
async def gated(folder: Path) -> AsyncIterator[tuple[Members, Link]]:
    """A gate with a link behind it; the members know its address."""
    link = Link()
    links = Connections(link.serve, 10)
    server = await asyncio.start_server(links.serve, "127.0.0.1", 0)
    members = Members.found(folder / "coordinator", lambda: NOW_S, "127.0.0.1:1")
    gate = Gate(members, server.sockets[0].getsockname()[1])
    port = await gate.start("127.0.0.1", 0)
    Members.found(members.folder, lambda: NOW_S, f"127.0.0.1:{port}")
    try:
        yield members, link
    finally:
        await gate.close()
        server.close()
        await links.close()
        await server.wait_closed()


async def joined(members: Members, folder: Path) -> Path:
    await asyncio.to_thread(join, folder, members.invite("A site"), lambda: NOW_S)
    return folder


async def through(site: Path, request: bytes) -> bytes:
    """What comes back through the site's tunnel until the other side ends, or has answered."""
    tunnel = Tunnel(site, load_site(site).address)
    port = await tunnel.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(WAIT_S):
            got = b""
            while len(got) < len(ANSWER) and (part := await reader.read(4096)):
                got += part
        await closed(writer)
        return got
    finally:
        await tunnel.close()


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(3 * WAIT_S):
            await work()

    asyncio.run(limited())


def test_a_site_joins_and_its_requests_get_through(tmp_path: Path) -> None:
    async def work() -> None:
        async with gated(tmp_path) as (members, link):
            site = await joined(members, tmp_path / "site")
            assert await through(site, REQUEST) == ANSWER
            assert link.got == REQUEST
            assert load_site(site).site in members.active()

    run(work)


@pytest.mark.parametrize(
    "request_line",
    [b"POST /v1/control/start-run HTTP/1.1", b"POST /v1/runtime/acquire-task HTTP/1.1",
     b"GET /docs HTTP/1.1", b"POST /v1/fleet/../control/start-run HTTP/1.1",
     b"POST /v1/fleet/pull?x=/v1/control HTTP/1.1"],
)  # fmt: skip
def test_nothing_but_the_fleet_gets_through(tmp_path: Path, request_line: bytes) -> None:
    async def work() -> None:
        async with gated(tmp_path) as (members, link):
            site = await joined(members, tmp_path / "site")
            answer = await through(site, request_line + b"\r\ncontent-length: 0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 403")
            assert link.got == b""

    run(work)


HEADS = {
    "a body of 5 bytes": (REQUEST[:-5], 5),
    "two lengths": (REQUEST[:-9] + b"\r\ncontent-length: 5\r\n\r\n", None),
    "chunks": (b"POST /v1/fleet/x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", None),
    "chunks and a length": (
        b"POST /v1/fleet/x HTTP/1.1\r\ncontent-length: 1\r\nTransfer-Encoding : chunked\r\n\r\n",
        None,
    ),
    "no length": (b"POST /v1/fleet/x HTTP/1.1\r\n\r\n", None),
    "too long a body": (b"POST /v1/fleet/x HTTP/1.1\r\ncontent-length: 9999999\r\n\r\n", None),
    "a length below nothing": (b"POST /v1/fleet/x HTTP/1.1\r\ncontent-length: -1\r\n\r\n", None),
}


@pytest.mark.parametrize(("head", "size"), HEADS.values(), ids=HEADS.keys())
def test_a_request_ends_where_both_sides_think_it_does(head: bytes, size: int | None) -> None:
    """Else a second request could hide in the first."""
    assert body_size(head) == size


def test_a_site_that_was_removed_is_refused_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with gated(tmp_path) as (members, link):
            site = await joined(members, tmp_path / "site")
            members.leave(load_site(site).site)
            assert (await through(site, REQUEST)).startswith(b"HTTP/1.1 403")
            assert link.got == b""

    run(work)


def test_a_certificate_of_another_federation_does_not_get_in(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            gated(tmp_path / "one") as (members, link),
            gated(tmp_path / "two") as (other, _),
        ):
            site = await joined(other, tmp_path / "site")
            own = await joined(members, tmp_path / "own")
            for name in ("certificate.pem", "key.pem"):
                (own / name).write_bytes((site / name).read_bytes())
            assert await through(own, REQUEST) == b""
            assert link.got == b""

    run(work)


def test_a_coordinator_that_is_another_gets_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            gated(tmp_path / "one") as (members, _),
            gated(tmp_path / "two") as (other, link),
        ):
            invitation = json.loads(members.invite("A site"))
            invitation["address"] = other.address
            with pytest.raises(OSError, match="certificate verify failed"):
                await asyncio.to_thread(
                    join, tmp_path / "site", json.dumps(invitation).encode(), lambda: NOW_S
                )
            assert link.got == b""

    run(work)


def test_an_invitation_is_good_once_and_for_a_week(tmp_path: Path) -> None:
    async def work() -> None:
        async with gated(tmp_path) as (members, _):
            once = members.invite("A site")
            await asyncio.to_thread(join, tmp_path / "site", once, lambda: NOW_S)
            with pytest.raises(BadInvitation, match="was used"):
                await asyncio.to_thread(join, tmp_path / "again", once, lambda: NOW_S)
            with pytest.raises(BadInvitation, match="in a federation already"):
                await asyncio.to_thread(join, tmp_path / "site", once, lambda: NOW_S)

    run(work)
    early = Members(tmp_path / "coordinator", lambda: NOW_S)
    token = json.loads(early.invite("Another"))["token"]
    late = Members(tmp_path / "coordinator", lambda: NOW_S + INVITATION_S + 1)
    with pytest.raises(BadInvitation, match="too old"):
        late.admit(token, bytes(32))


def test_a_site_that_leaves_keeps_no_key(tmp_path: Path) -> None:
    async def work() -> None:
        async with gated(tmp_path) as (members, _):
            await joined(members, tmp_path / "site")

    run(work)
    leave(tmp_path / "site", lambda: NOW_S)
    assert not (tmp_path / "site" / "key.pem").exists()
    with pytest.raises(NotJoined):
        load_site(tmp_path / "site")
    with pytest.raises(BadInvitation, match="no invitation"):
        join(tmp_path / "site", b"{}", lambda: NOW_S)
