"""Values as TOML text: the standard library reads it, and does not write it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def toml_tables(kind: str, tables: Sequence[Mapping[str, object]]) -> str:
    """`[[kind]]` once for each table."""
    return "\n".join(f"[[{kind}]]\n{toml_lines(table)}" for table in tables)


def toml_lines(table: Mapping[str, object]) -> str:
    """`key = value` for each key whose value is not None."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None]
    return "".join(f"{line}\n" for line in lines)


def _key(key: str) -> str:
    bare = key.replace("_", "").replace("-", "").isalnum() and key.isascii()
    return key if bare else json.dumps(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return f"{value:.1f}"
        case int() | float():
            return repr(value)
        case str():
            return _string(value)
        case Mapping():
            inside = [
                f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None
            ]
            return "{ " + ", ".join(inside) + " }" if inside else "{}"
        case Sequence():
            parts = [_value(one) for one in value]
            flat = "[" + ", ".join(parts) + "]"
            if len(flat) <= 88:
                return flat
            return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _string(text: str) -> str:
    """A basic string: TOML's escapes are JSON's, but for DEL, which JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
