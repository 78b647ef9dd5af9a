"""A row of a table, or a document of the same fields."""

from __future__ import annotations

from typing import Any, Protocol

Value = str | int | float | bytes | None
Fields = dict[str, Value]
"""What is written of a row, by column."""


class ReadRow(Protocol):
    """What is read of a row, by column."""

    def __getitem__(self, column: str, /) -> Any: ...
