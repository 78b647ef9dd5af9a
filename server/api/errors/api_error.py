"""What the application itself refuses, and what every other error becomes over HTTP.

ApiError
├── Overloaded       more is asked than is worked off; `retry_after_s` says when to come again
├── BadPicture       what was sent is no picture that is read
└── BadRequest       a value that the schema cannot exclude
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lookout.faces.errors import BadImage, FacesError, GalleryBusy
from lookout.faces.photo.judgement import Reason
from lookout.server.accounts.errors import (
    AccountError,
    BadAccount,
    Forbidden,
    InvalidToken,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from lookout.server.errors import ServerError
from lookout.server.storage.errors import BadCursor, BadImport, Conflict, NotFound, StoreBusy

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
    """More is asked than is worked off."""

    def __init__(self, message: str, retry_after_s: float = RETRY_AFTER_S) -> None:
        super().__init__(503, "overloaded", message)
        self.retry_after_s = retry_after_s


class BadPicture(ApiError):
    """What was sent is no picture that is read."""


class BadRequest(ApiError):
    """A value that the schema cannot exclude."""

    def __init__(self, code: str, message: str, details: Mapping[str, object] | None = None):
        super().__init__(422, code, message, details)


def rejection_error(reasons: Sequence[Reason]) -> ApiError:
    """A photograph that cannot be used, with everything that speaks against it."""
    details = {"reasons": [{"code": reason.code, "words": reason.words} for reason in reasons]}
    return ApiError(422, reasons[0].code, reasons[0].words, details)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An error as it is told: the status, a stable code for programs, words for people."""

    status: int
    code: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict)
    retry_after_s: float | None = None


# Most special first.
_CODES: tuple[tuple[type[Exception], int, str], ...] = (
    (WrongCredentials, 401, "wrong_credentials"),
    (InvalidToken, 401, "not_authenticated"),
    (Forbidden, 403, "forbidden"),
    (TooManyAttempts, 429, "too_many_attempts"),
    (WeakPassword, 422, "weak_password"),
    (BadAccount, 422, "bad_account"),
    (AccountError, 400, "bad_account"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (BadCursor, 422, "bad_cursor"),
    (BadImport, 422, "bad_import"),
    (StoreBusy, 503, "overloaded"),
    (GalleryBusy, 503, "overloaded"),
    (BadImage, 422, "bad_image"),
)


def error_response(error: ServerError | FacesError) -> ErrorResponse | None:
    """How this error is told; None for one that is the server's own fault."""
    if isinstance(error, ApiError):
        retry_after_s = error.retry_after_s if isinstance(error, Overloaded) else None
        return ErrorResponse(error.status, error.code, str(error), error.details, retry_after_s)
    for kind, status, code in _CODES:
        if isinstance(error, kind):
            retry_after_s = RETRY_AFTER_S if status == 503 else None
            if isinstance(error, TooManyAttempts):
                retry_after_s = error.retry_after_s
            return ErrorResponse(status, code, str(error), retry_after_s=retry_after_s)
    return None
