"""The errors of recognizing files.

RecognizeError
├── BadVideo        the file is not a video, is damaged, or is over a limit
├── StreamLost      the stream cannot be reached
└── OutputRefused   the results cannot be written to the chosen folder
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class RecognizeError(ServerError):
    """The base of every error that this package raises; its text is one line for people."""


class BadVideo(RecognizeError):
    """The file is not a video, is damaged, or is over a limit."""


class StreamLost(RecognizeError):
    """The stream cannot be reached."""


class OutputRefused(RecognizeError):
    """The results cannot be written to the chosen folder."""
