"""The errors of engines elsewhere.

RemoteError
└── RemoteFailed    the engine cannot be reached, does not answer in time, or not as it should
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class RemoteError(ServerError):
    """The base of everything that engines elsewhere raise; its text is one line for people."""


class RemoteFailed(RemoteError):
    """The engine cannot be reached, does not answer in time, or not as it should."""
