"""Pages, their cursors, and lists of ids as text: what every store does alike."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from lookout.server.storage.errors import BadCursor
from lookout.server.storage.records import Page, T
from lookout.server.storage.rows.row import ReadRow
from lookout.server.storage.store import MAX_PAGE

K = TypeVar("K", str, int)
R = TypeVar("R", bound=ReadRow)
MAX_PARAMETERS = 500
"""Of one statement; SQLite allows 32,766, shorter ones leave other writers room in between."""


def page_of(
    rows: Sequence[R], limit: int, order: Sequence[str], record: Callable[[R], T]
) -> Page[T]:
    """The page that `limit + 1` fetched rows make; `order` names the columns that sort them."""
    items = tuple(record(row) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(items, None)
    return Page(items, write_cursor([rows[limit - 1][column] for column in order]))


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"a page has 1 to {MAX_PAGE} records, got {limit}")
    return limit


def write_cursor(position: Sequence[float]) -> str:
    """The cursor that continues after this position; its form is nobody else's business."""
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> tuple[float, ...]:
    """The position in a cursor. Raises BadCursor."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor("this is no cursor of an earlier page") from error
    if not isinstance(position, list) or len(position) != length:
        raise BadCursor("this is no cursor of an earlier page of this list")
    # an int beyond 64 bits is a number to Python, but not to SQLite
    if not all(type(part) in (int, float) and abs(part) < 2**63 for part in position):
        raise BadCursor("this is no cursor of an earlier page of this list")
    return tuple(position)


def in_parts(ids: Sequence[K]) -> list[Sequence[K]]:
    """Ids or numbers in parts that one statement takes."""
    return [ids[at : at + MAX_PARAMETERS] for at in range(0, len(ids), MAX_PARAMETERS)]


def write_names(names: Collection[str] | None) -> str | None:
    """Some ids as JSON; None stays None."""
    return None if names is None else json.dumps(sorted(names))


def read_names(text: str | None) -> frozenset[str] | None:
    """What `write_names` made of them."""
    return None if text is None else frozenset(json.loads(text))
