"""The errors of streams.

StreamError
├── BrokerAway     the broker cannot be reached, or does not take what it is sent
├── StreamFull     too many messages wait for the broker already
└── BadMessage     a message that no version of Lookout has written, or that was altered
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class StreamError(ServerError):
    """The base of everything that streams raise; its text is one line for people."""


class BrokerAway(StreamError):
    """The broker cannot be reached, or does not take what it is sent."""


class StreamFull(StreamError):
    """Too many messages wait for the broker already."""


class BadStreamMessage(StreamError):
    """A message that no version of Lookout has written, or that was altered on its way."""
