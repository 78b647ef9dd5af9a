"""A TOML table that answers with words when a field is missing or of the wrong type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.faces.errors import ModelError


class Fields:
    """The table of one owner, who is named in every error."""

    def __init__(self, owner: str, table: object) -> None:
        if not isinstance(table, Mapping):
            raise ModelError(f"model {owner}: expected a table, got {type(table).__name__}")
        self._owner = owner
        self._table = table

    def take(self, field: str, kind: type, default: object = None) -> Any:
        """The value of a field, of this kind; whole numbers count as floats."""
        value = self._table.get(field, default)
        if value is None:
            raise ModelError(f"model {self._owner}: the field {field!r} is missing")
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ModelError(
                f"model {self._owner}: {field!r} must be {kind.__name__}, got {value!r}"
            )
        return value

    def choose(self, field: str, options: tuple[str, ...], default: str | None = None) -> str:
        """The value of a field that is one of `options`."""
        value = str(self.take(field, str, default))
        if value not in options:
            raise ModelError(
                f"model {self._owner}: {field!r} must be one of {', '.join(options)}, got {value!r}"
            )
        return value

    def numbers(self, field: str, default: object = None) -> list[float]:
        """A list of numbers."""
        values = self.take(field, list, default)
        if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
            raise ModelError(f"model {self._owner}: {field!r} must be a list of numbers")
        return [float(v) for v in values]

    def texts(self, field: str, default: object = None) -> tuple[str, ...]:
        """A list of texts."""
        values = self.take(field, list, default)
        if not all(isinstance(value, str) and value for value in values):
            raise ModelError(f"model {self._owner}: {field!r} must be a list of texts")
        return tuple(values)

    def has(self, field: str) -> bool:
        """Whether the table has the field."""
        return field in self._table
