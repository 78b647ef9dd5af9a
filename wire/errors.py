"""The errors of the wire.

WireError
├── BadMessage          the other side sent something that is not a valid message
│   ├── TooLarge        … one part is over its size limit
│   └── WrongVersion    … it speaks another version of the protocol
├── NotAuthorised       a shared secret is missing or wrong
├── NotNow              the other side cannot check a secret at this moment: worth another try
├── TlsRefused          a certificate is missing, broken, not trusted or made for another name
├── Refused             the other side will not do a single request
└── ConnectionLost      the connection ended, timed out or could not be made
"""

from __future__ import annotations


class WireError(Exception):
    """Base of everything that this package raises."""


class BadMessage(WireError):
    """The other side sent something that is not a valid message."""


class TooLarge(BadMessage):
    """One part of a message is over its size limit; nothing of that part was read."""


class WrongVersion(BadMessage):
    """The other side speaks another version of the protocol."""


class NotAuthorised(WireError):
    """The shared secret is missing or wrong, on this side or the other."""


class NotNow(WireError):
    """The other side cannot check a secret at this moment; nothing says that it is wrong."""


class TlsRefused(WireError):
    """TLS cannot be set up: a certificate is missing, not trusted, or made for another name."""


class Refused(WireError):
    """The other side will not do a single request, and says why; the connection goes
    on. `code` is that of its ERROR message (`wire.refusals.Code`)."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class ConnectionLost(WireError):
    """The connection ended, timed out or could not be made."""
