"""Pictures that nobody could recognize: the messages that tell of them, and their second chance."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.server.streams.outlet import OutgoingMessage
from lookout.server.streams.picture import Headers, with_tries

REASON, TOPIC, PARTITION, OFFSET, DEAD_S = "reason", "topic", "partition", "offset", "dead"
_OURS = frozenset({REASON, TOPIC, PARTITION, OFFSET, DEAD_S})
MAX_REASON = 200


def dead_letter(
    dead: str,
    came: tuple[str, int, int],
    message: tuple[bytes, bytes, Headers],
    reason: str,
    now_s: float,
) -> OutgoingMessage:
    """The message for the topic `dead`. came: topic, partition and offset; message: key, value and
    headers, which stay as they are."""
    key, value, headers = message
    topic, partition, offset = came
    told = (
        (REASON, reason[:MAX_REASON].encode()),
        (TOPIC, topic.encode()),
        (PARTITION, str(partition).encode()),
        (OFFSET, str(offset).encode()),
        (DEAD_S, f"{now_s:.3f}".encode()),
    )
    return OutgoingMessage(dead, key, value, [*_without_ours(headers), *told])


def revived(pictures: str, message: tuple[bytes, bytes, Headers], now_s: float) -> OutgoingMessage:
    """The same picture for another try: it has not failed, and was sent now."""
    key, value, headers = message
    return OutgoingMessage(pictures, key, value, with_tries(_without_ours(headers), 0, now_s))


def reason_of(headers: Headers | None) -> str:
    """Why a message is among those that failed."""
    for name, content in headers or ():
        if name == REASON and isinstance(content, bytes):
            return content.decode(errors="replace")
    return ""


def _without_ours(headers: Headers) -> Sequence[tuple[str, bytes]]:
    return [(name, content) for name, content in headers if name not in _OURS]
