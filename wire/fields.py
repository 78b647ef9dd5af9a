"""Reading one field out of an untrusted `meta`: the right type, or BadMessage that says which."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from lookout.wire.errors import BadMessage

Meta = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)


def read_mapping(value: object, what: str) -> Meta:
    if not isinstance(value, Mapping):
        raise BadMessage(f"{what} is an object, got {type(value).__name__}")
    return value


def read_text(meta: Meta, key: str) -> str:
    value = meta.get(key)
    if not isinstance(value, str):
        raise BadMessage(f"{key} is text, got {value!r:.80}")
    return value


def read_optional_text(meta: Meta, key: str) -> str | None:
    return None if meta.get(key) is None else read_text(meta, key)


def read_integer(meta: Meta, key: str) -> int:
    value = meta.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise BadMessage(f"{key} is a 64-bit integer, got {value!r:.80}")
    return value


def read_number(meta: Meta, key: str) -> float:
    value = meta.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage(f"{key} is a number, got {value!r:.80}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadMessage(f"{key} is a finite number, got {value!r:.80}")
    return number


def read_enum(kind: type[E], meta: Meta, key: str) -> E:
    value = meta.get(key)
    try:
        return kind(value)  # type: ignore[arg-type]
    except ValueError:
        allowed = ", ".join(member.value for member in kind)
        raise BadMessage(f"{key} is one of {allowed}; got {value!r:.80}") from None
