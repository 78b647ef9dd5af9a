"""Connections are accepted in batches, and everything else has its turn between them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from lookout.server.api.connection_gate import ConnectionGate, GateLimits
from lookout.server.transport.acceptor import BATCH, Accepted, start_accepting

WAITING = 3 * BATCH + 5


@contextlib.asynccontextmanager
async def waiting(clients: int) -> AsyncIterator[tuple[socket.socket, list[socket.socket]]]:
    """A listener at which so many have connected before anything is accepted."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(clients)
        address = listener.getsockname()
        yield (
            listener,
            [opened.enter_context(socket.create_connection(address)) for _ in range(clients)],
        )


def test_a_flood_is_taken_in_batches_with_turns_for_all_others_between_them() -> None:
    async def test() -> None:
        turn, batches = 0, dict[int, int]()
        taken: list[Accepted] = []

        def take(batch: Sequence[Accepted]) -> None:
            assert turn not in batches, "two batches in one turn"
            batches[turn] = len(batch)
            taken.extend(batch)

        async with waiting(WAITING) as (listener, clients), asyncio.timeout(20.0):
            accepting = start_accepting(listener, take, "test")
            while len(taken) < WAITING:
                await asyncio.sleep(0)
                turn += 1
            accepting.cancel()
            assert list(batches.values()) == [BATCH, BATCH, BATCH, 5]
            named = {accepted.socket.getpeername() for accepted in taken}
            assert named == {client.getsockname() for client in clients}
            for accepted in taken:
                assert accepted.address == "127.0.0.1"
                accepted.socket.close()

    asyncio.run(test())


def test_those_of_a_batch_for_whom_there_is_no_room_cost_no_protocol() -> None:
    async def test() -> None:
        made: list[asyncio.Protocol] = []

        def make() -> asyncio.Protocol:
            made.append(asyncio.Protocol())
            return made[-1]

        async with waiting(BATCH) as (listener, clients), asyncio.timeout(20.0):
            gate = ConnectionGate(listener, make, limits=GateLimits(of_address=4))
            gate.start()
            loop = asyncio.get_running_loop()
            for client in clients:
                client.setblocking(False)
            for client in clients[:-4]:  # the first have waited longest
                assert await loop.sock_recv(client, 1) == b""
            assert len(made) == 4
            clients[-1].send(b"GET")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    assert await loop.sock_recv(clients[-1], 1), "it was closed"
            await gate.close()

    asyncio.run(test())
