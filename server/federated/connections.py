"""The connections of a port, which end with it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable

SHUTDOWN_S = 1.0
"""So long TLS may take to say good-bye."""
_GONE = (
    OSError,
    ssl.SSLError,
    TimeoutError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
)
"""The other side went away, or sent what nobody sends who belongs here."""

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Connections:
    """Calls `talk` for each connection, and closes it afterwards. The event loop's thread only."""

    def __init__(self, talk: Talk, most: int) -> None:
        self._talk = talk
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; beyond the most it is closed at once."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("connections are served by tasks")
        self._tasks.add(task)
        try:
            if len(self._tasks) <= self._most:
                await self._talk(reader, writer)
        except _GONE:
            pass
        finally:
            await closed(writer)
            self._tasks.discard(task)

    async def close(self) -> None:
        """Ends all of them."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All that comes on the one side goes to the other, until one of them ends."""
    with contextlib.suppress(*_GONE):
        while content := await reader.read(1 << 16):
            writer.write(content)
            await writer.drain()


async def closed(writer: asyncio.StreamWriter) -> None:
    """Closes a connection and waits until it is; at once where that is not to be waited for."""
    writer.close()
    try:
        with contextlib.suppress(*_GONE):
            await writer.wait_closed()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
