"""What every channel is to the outbox."""

from __future__ import annotations

from typing import Protocol

from lookout.server.alerts.delivery.message import AlertMessage

CONNECT_S, READ_S = 4.0, 10.0
"""Longest waits for the other side."""
MOST_ANSWER = 500
"""Characters of an answer that are kept."""


class OpenChannel(Protocol):
    """Sends messages, one at a time, by one thread. Every wait has an end."""

    def send(self, message: AlertMessage) -> str:
        """What the other side answered, in one line. Raises NotDelivered, or Refused where trying
        again is of no use."""


def one_line(text: str) -> str:
    """An answer as it is kept: one line, bounded."""
    return " ".join(text.split())[:MOST_ANSWER]
