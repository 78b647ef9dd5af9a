"""Errors as messages: what one side raised, said to the other, and raised there again."""

from __future__ import annotations

from enum import StrEnum

from lookout.wire.errors import (
    BadMessage,
    ConnectionLost,
    NotAuthorised,
    NotNow,
    TooLarge,
    WireError,
    WrongVersion,
)
from lookout.wire.framing import Kind, Message
from lookout.wire.records import Refusal


class Code(StrEnum):
    """The codes of ERROR messages; docs/wire.md, "Errors"."""

    NOT_AUTHORISED = "not_authorised"
    WRONG_VERSION = "wrong_version"
    BAD_MESSAGE = "bad_message"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    BUSY = "busy"
    BAD_PICTURE = "bad_picture"
    GONE = "gone"
    INTERNAL = "internal"


# Most special first: TooLarge and WrongVersion are BadMessages.
_CODES: tuple[tuple[type[WireError], Code], ...] = (
    (TooLarge, Code.TOO_LARGE),
    (WrongVersion, Code.WRONG_VERSION),
    (BadMessage, Code.BAD_MESSAGE),
    (NotAuthorised, Code.NOT_AUTHORISED),
    (NotNow, Code.BUSY),
    (ConnectionLost, Code.TIMED_OUT),
)


def refusal_of(error: WireError) -> Refusal:
    """The fatal refusal that tells the other side why this side closes the connection."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), Code.INTERNAL)
    return Refusal(code.value, str(error), fatal=True)


def error_of(refusal: Refusal) -> WireError:
    """The error that a refusal stands for; ConnectionLost for every code without its own type."""
    message = f"the other side says: {refusal.message}"
    for kind, code in _CODES:
        if refusal.code == code:
            return kind(message)
    return ConnectionLost(message)


def error_message(refusal: Refusal) -> Message:
    return Message(Kind.ERROR, refusal.to_meta())
