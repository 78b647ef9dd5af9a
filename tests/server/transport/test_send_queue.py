"""What waits for an edge that does not read is bounded in number and bytes, the newest kept."""

from __future__ import annotations

import asyncio

from lookout.server.transport.send_queue import MAX_BYTES, MAX_MESSAGES, SendQueue
from lookout.wire.framing import Kind, Message


def test_the_oldest_messages_are_lost_first() -> None:
    queue = SendQueue()
    for number in range(MAX_MESSAGES + 3):
        queue.put(Message(Kind.RESULT, {"number": number}))
    assert queue.lost == 3
    assert asyncio.run(queue.get()).meta["number"] == 3


def test_large_pictures_are_bounded_by_their_bytes() -> None:
    queue = SendQueue()
    for number in range(4):
        queue.put(Message(Kind.RESULT, {"number": number}, bytes(MAX_BYTES // 2)))
    assert queue.lost == 2
    assert asyncio.run(queue.get()).meta["number"] == 2
