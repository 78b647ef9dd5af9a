"""The messages that wait to be written to one edge: few, the newest, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections import deque

from lookout.wire.framing import Kind, Message

MAX_MESSAGES = 32
MAX_BYTES = 16 * 1024 * 1024


class SendQueue:
    """A bounded queue between the recognition and one connection. The event loop's thread only.

    An edge has at most two frames of a camera in flight, so only one that does not read fills its
    queue; it then loses the oldest messages first.
    """

    def __init__(self, *, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self.lost = 0

    def put(self, message: Message) -> None:
        self._messages.append(message)
        self._bytes += len(message.jpeg)
        while len(self._messages) > self._max_messages or self._bytes > self._max_bytes:
            self._bytes -= len(self._messages.popleft().jpeg)
            self.lost += 1
        if self._messages:
            self._filled.set()

    def put_first(self, message: Message) -> None:
        """Puts a PONG in front: it proves that this server lives, so it waits for no image."""
        if not (self._messages and self._messages[0].kind is Kind.PONG):
            self._messages.appendleft(message)
            self._filled.set()

    async def get(self) -> Message:
        """The next message to write, once there is one."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        message = self._messages.popleft()
        self._bytes -= len(message.jpeg)
        return message
