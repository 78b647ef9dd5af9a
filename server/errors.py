"""What can go wrong in the server.

ServerError
├── CannotListen    the address or port cannot be used, or the certificate cannot be read
├── BadSettings     the command line asks for what cannot be
├── CannotKeep      a photograph cannot be stored
├── NotRemembered   a face that somebody corrects is not known, or no longer
└── DetectorFailed  the detector's own process died, hangs or raised
"""

from __future__ import annotations


class ServerError(Exception):
    """Base of everything that this package raises; its text is one line for people."""


class CannotListen(ServerError):
    """The address or port cannot be used, or the certificate cannot be read."""


class BadSettings(ServerError):
    """The command line asks for what cannot be."""


class CannotKeep(ServerError):
    """A photograph cannot be stored."""


class NotRemembered(ServerError):
    """A face that somebody corrects is not known, or no longer."""


class DetectorFailed(ServerError):
    """The detector's own process died, hangs or raised."""
