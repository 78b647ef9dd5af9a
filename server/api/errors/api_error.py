"""Errors of the application itself, and the responses to all others over HTTP.

ApiError
├── Overloaded       the server is overloaded; `retry_after_s` says when to try again
└── BadRequest       a value that the schema cannot exclude
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lookout.faces.errors import BadImage, GalleryBusy, ImageFault, ModelBusy, PicturesBusy
from lookout.faces.photo.judgement import Reason
from lookout.server.accounts.errors import (
    AccountError,
    BadAccount,
    Forbidden,
    InvalidToken,
    PasswordNotChanged,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from lookout.server.errors import ServerError
from lookout.server.storage.errors import (
    FULL,
    BadCursor,
    BadImport,
    Conflict,
    DiskFull,
    NotFound,
    StoreBusy,
)
from lookout.server.streams.errors import BrokerAway, StreamFull

RETRY_AFTER_S = 1.0


class ApiError(ServerError):
    """Base of what the application refuses by itself; the text is one line for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = dict(details or {})


class Overloaded(ApiError):
    """The server is overloaded."""

    def __init__(self, message: str, retry_after_s: float = RETRY_AFTER_S) -> None:
        super().__init__(503, "overloaded", message)
        self.retry_after_s = retry_after_s


class BadRequest(ApiError):
    """A value that the schema cannot exclude."""

    def __init__(self, code: str, message: str, details: Mapping[str, object] | None = None):
        super().__init__(422, code, message, details)


def rejection_error(reasons: Sequence[Reason]) -> ApiError:
    """The error for a photograph that cannot be used, with every reason against it."""
    details = {"reasons": [{"code": reason.code, "words": reason.message} for reason in reasons]}
    return ApiError(422, reasons[0].code, reasons[0].message, details)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An error as it is sent: the status, a stable code for programs, a message for people."""

    status: int
    code: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict)
    retry_after_s: float | None = None


# Most special first.
_CODES: tuple[tuple[type[Exception], int, str], ...] = (
    (WrongCredentials, 401, "wrong_credentials"),
    (InvalidToken, 401, "not_authenticated"),
    (PasswordNotChanged, 403, "password_change_required"),
    (Forbidden, 403, "forbidden"),
    (TooManyAttempts, 429, "too_many_attempts"),
    (WeakPassword, 422, "weak_password"),
    (BadAccount, 422, "bad_account"),
    (AccountError, 400, "bad_account"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (DiskFull, 507, "disk_full"),
    (BadCursor, 422, "bad_cursor"),
    (BadImport, 422, "bad_import"),
    (StoreBusy, 503, "overloaded"),
    (StreamFull, 503, "overloaded"),
    (BrokerAway, 503, "kafka_away"),
    (GalleryBusy, 503, "overloaded"),
    (PicturesBusy, 503, "overloaded"),
    (ModelBusy, 503, "overloaded"),
)

_IMAGE_STATUS = {
    ImageFault.BAD_IMAGE: 422,
    ImageFault.TOO_LARGE: 413,
    ImageFault.TOO_MANY_PIXELS: 413,
    ImageFault.TOO_SMALL: 422,
    ImageFault.UNSUPPORTED: 415,
    ImageFault.HEIC_NOT_READ: 415,
    ImageFault.ANIMATED: 415,
    ImageFault.TOO_MANY_BITS: 415,
    ImageFault.TOO_MANY_SCANS: 422,
}


def error_response(error: Exception) -> ErrorResponse | None:
    """The response to this error; None for one that is the server's own fault."""
    if isinstance(error, OSError) and error.errno in FULL:
        message = "the server's disk is full, so this cannot be kept; make room and try again"
        return ErrorResponse(507, "disk_full", message)
    if isinstance(error, ApiError):
        retry_after_s = error.retry_after_s if isinstance(error, Overloaded) else None
        return ErrorResponse(error.status, error.code, str(error), error.details, retry_after_s)
    if isinstance(error, BadImage):
        return ErrorResponse(_IMAGE_STATUS[error.fault], error.fault.value, str(error))
    for kind, status, code in _CODES:
        if isinstance(error, kind):
            retry_after_s = RETRY_AFTER_S if status == 503 else None
            if isinstance(error, TooManyAttempts):
                retry_after_s = error.retry_after_s
            return ErrorResponse(status, code, str(error), retry_after_s=retry_after_s)
    return None
