"""The errors of Frigate's companion.

FrigateError
├── FrigateLost      Frigate cannot be reached, or does not answer in time
├── FrigateRefused   Frigate answered that it has no such thing, or that it may not be asked
└── BadConfig        a configuration file cannot be taken over
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class FrigateError(ServerError):
    """The base of every error of this room; its text is one line for people."""


class FrigateLost(FrigateError):
    """Frigate cannot be reached, or does not answer in time."""


class FrigateRefused(FrigateError):
    """Frigate answered that it has no such thing, or that it may not be asked."""


class BadConfig(FrigateError):
    """A configuration file cannot be taken over."""
