"""The errors of the server.

ServerError
├── CannotListen    the address or port cannot be used, or the certificate cannot be read
├── BadSettings     the command line contradicts itself or names something that does not exist
├── CannotKeep      a file cannot be stored
├── NotRemembered   the face to be corrected is not known, or no longer known
├── ChildGone       a child process has ended or hangs
└── DetectorFailed  the detector's own process died, hangs or raised an error
"""

from __future__ import annotations


class ServerError(Exception):
    """The base of every error that this package raises; its text is one line for people."""


class CannotListen(ServerError):
    """The address or port cannot be used, or the certificate cannot be read."""


class BadSettings(ServerError):
    """The command line contradicts itself or names something that does not exist."""


class CannotKeep(ServerError):
    """A file cannot be stored."""


class NotRemembered(ServerError):
    """The face to be corrected is not known, or no longer known."""


class ChildGone(ServerError):
    """A child process has ended or hangs."""


class DetectorFailed(ServerError):
    """The detector's own process died, hangs or raised an error."""
