"""The errors of vector engines.

VectorError
└── EngineAway    the engine cannot be reached, does not answer in time, or refuses what it is asked
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class VectorError(ServerError):
    """The base of everything that vector engines raise; its text is one line for people."""


class EngineAway(VectorError):
    """The engine cannot be reached, does not answer in time, or refuses what it is asked."""
