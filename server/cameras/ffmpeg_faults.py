"""What FFmpeg's errors mean. They are known here alone, and only where cameras are read.

Their texts hold addresses, with passwords at times, so none of them goes on: the words are ours.
"""

from __future__ import annotations

import av.error

from lookout.server.cameras.faults import Fault

_KINDS: tuple[tuple[type[BaseException], Fault], ...] = (
    (av.error.HTTPUnauthorizedError, Fault.WRONG_PASSWORD),
    (av.error.HTTPForbiddenError, Fault.WRONG_PASSWORD),
    (av.error.HTTPNotFoundError, Fault.NO_SUCH_PATH),
    (av.error.HTTPServerError, Fault.TOO_MANY),
    (av.error.HTTPOtherClientError, Fault.TOO_MANY),
    (av.error.HTTPBadRequestError, Fault.NO_SUCH_PATH),
    (av.error.ExitError, Fault.SILENT),  # our own time limit
    (av.error.EOFError, Fault.ENDED),
    (av.error.InvalidDataError, Fault.NO_VIDEO),
    (av.error.DecoderNotFoundError, Fault.NO_VIDEO),
    (av.error.ProtocolNotFoundError, Fault.NO_VIDEO),
    (TimeoutError, Fault.UNREACHABLE),
    (ConnectionRefusedError, Fault.REFUSED),
    (ConnectionError, Fault.ENDED),
    (FileNotFoundError, Fault.NO_DEVICE),
    (PermissionError, Fault.NO_DEVICE),
    (OSError, Fault.UNREACHABLE),
)


def fault_of(error: BaseException) -> Fault:
    """The kind of fault that an error of FFmpeg or of a socket stands for."""
    for kind, fault in _KINDS:
        if isinstance(error, kind):
            return fault
    return Fault.GARBAGE
