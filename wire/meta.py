"""The JSON part of a message, strictly: one object, in UTF-8, of bounded depth and plain values.

Python's own `json` admits NaN, repeated keys, lone surrogates and integers of thousands of digits.
Each of them would travel on as a valid message and fail far from here, so both ways refuse them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from lookout.wire.errors import BadMessage

MAX_DEPTH = 8
"""Levels of nesting, the object itself included. A result needs four."""

MAX_INTEGER = 2**63 - 1


def pack(meta: Mapping[str, Any]) -> bytes:
    """The compact UTF-8 JSON of `meta`. Raises BadMessage for what `parse` would refuse."""
    fields = dict(meta)
    _check(fields)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def parse(data: bytes | bytearray) -> dict[str, Any]:
    """The object that `data` holds. Raises BadMessage for anything else."""
    try:
        value = json.loads(
            data.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique
        )
    except RecursionError as error:
        raise BadMessage("the JSON part is nested too deeply") from error
    except ValueError as error:  # not UTF-8, not JSON, or an integer of thousands of digits
        raise BadMessage(f"the JSON part cannot be read: {str(error)[:200]}") from error
    if not isinstance(value, dict):
        raise BadMessage(f"the JSON part is an object, got {type(value).__name__}")
    _check(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadMessage(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadMessage("the JSON part names a key twice")
    return fields


def _check(meta: dict[str, Any]) -> None:
    """Walks without recursion, so that depth is refused by number and not by the stack."""
    waiting: list[tuple[object, int]] = [(meta, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list | tuple):
            if depth > MAX_DEPTH:
                raise BadMessage(f"the JSON part is nested deeper than {MAX_DEPTH} levels")
            if isinstance(value, dict):
                for key in value:
                    _check_text(key)
                waiting.extend((child, depth + 1) for child in value.values())
            else:
                waiting.extend((child, depth + 1) for child in value)
        elif isinstance(value, str):
            _check_text(value)
        elif isinstance(value, int):
            if abs(value) > MAX_INTEGER:
                raise BadMessage("the JSON part holds an integer of more than 64 bits")
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise BadMessage("the JSON part holds a number that is not finite")
        elif value is not None:
            raise BadMessage(f"a {type(value).__name__} cannot travel as JSON")


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise BadMessage(f"a key is text, got {type(text).__name__}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadMessage("the JSON part holds half a Unicode surrogate pair") from error
