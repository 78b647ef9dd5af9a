"""Parameters and models that several routes share."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, StringConstraints

T = TypeVar("T")

MAX_ID_CHARACTERS = 64

Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="`cursor` of the page before; none: the first")
]
Id = Annotated[str, Path(min_length=1, max_length=MAX_ID_CHARACTERS)]
IdText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_CHARACTERS)]
Word = Annotated[str | None, Query(max_length=200)]
Since = Annotated[float | None, Query(ge=0, le=1e11, description="Unix seconds")]

DEFAULT_LIMIT = 50

JPEG_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}


class PageOf(BaseModel, Generic[T]):
    """Some records in order; `cursor` continues after them, null at the end."""

    items: list[T]
    cursor: str | None = None


class Count(BaseModel):
    """The number of records that a change touched."""

    count: int
