"""JSON from outside, with limits: the one reader for bodies, options, settings and notes on disk.

Python's own reader admits NaN, integers of thousands of digits and halves of characters, each of
which fails far from here, and ends at its own depth with a RecursionError. The messages of the wire
have a narrower reader, `lookout.wire.meta`.
"""

from __future__ import annotations

import json
from typing import NoReturn

MAX_DEPTH = 32
"""Levels of nesting. The deepest document that Lookout reads has five."""


class BadJson(ValueError):
    """A text is not JSON, or beyond a limit; the message says which."""


def read_json(content: bytes, max_bytes: int, *, with_nan: bool = False) -> object:
    """The value that `content` holds in UTF-8. Raises BadJson.

    with_nan: NaN and Infinity are taken as well, for files of our own that hold them.
    """
    if len(content) > max_bytes:
        raise BadJson(f"the JSON has {len(content)} bytes; at most {max_bytes} are read")
    try:
        text = content.decode("utf-8")
        value: object = json.loads(text, parse_constant=None if with_nan else _refuse_constant)
    except UnicodeDecodeError as error:
        raise BadJson("the JSON is not in UTF-8") from error
    except RecursionError as error:
        raise BadJson(_TOO_DEEP) from error
    except BadJson:
        raise
    except ValueError as error:  # not JSON, or an integer of thousands of digits
        raise BadJson(f"it is not valid JSON: {str(error)[:200]}") from error
    _check(value, halves="\\u" in text)
    return value


_TOO_DEEP = f"the JSON is nested deeper than {MAX_DEPTH} levels"


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is not JSON")


def _check(value: object, *, halves: bool) -> None:
    """Walks without recursion. Half a character can only come from an escape."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list):
            if depth > MAX_DEPTH:
                raise BadJson(_TOO_DEEP)
            inside = item.values() if isinstance(item, dict) else item
            waiting.extend((child, depth + 1) for child in inside if isinstance(child, _LOOKED_AT))
            if halves and isinstance(item, dict):
                waiting.extend((key, depth) for key in item)
        elif halves and isinstance(item, str):
            _refuse_half(item)


_LOOKED_AT = (dict, list, str)


def _refuse_half(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadJson("the JSON holds half a character (a lone surrogate)") from error
