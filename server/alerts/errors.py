"""The errors of alerts.

AlertError
├── BadDefinition    a rule, list, zone, fence, channel or silence says something impossible
├── CannotOpen       a channel cannot be opened with its settings
└── NotDelivered     a channel did not take a message
    └── Refused      … and will not take it the next time, either
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class AlertError(ServerError):
    """The base of every error of this room; its text is one line for people."""


class BadDefinition(AlertError):
    """A rule, list, zone, fence, channel or silence says something impossible."""


class CannotOpen(AlertError):
    """A channel cannot be opened with its settings."""


class NotDelivered(AlertError):
    """A channel did not take a message. `retry_after_s`: when the other side wants to be asked
    again, or None."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ChannelRefused(NotDelivered):
    """The other side refused a message for good: to repeat it unchanged is of no use."""
