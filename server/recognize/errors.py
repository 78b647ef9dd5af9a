"""What can go wrong with files that are to be recognised.

RecogniseError
├── BadVideo        the file is no video, is damaged, or is over a limit
├── StreamLost      the stream cannot be reached
└── OutputRefused   the results cannot be written where they were asked for
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class RecogniseError(ServerError):
    """Base of everything that this package raises; its text is one line for people."""


class BadVideo(RecogniseError):
    """The file is no video, is damaged, or is over a limit."""


class StreamLost(RecogniseError):
    """The stream cannot be reached."""


class OutputRefused(RecogniseError):
    """The results cannot be written where they were asked for."""
