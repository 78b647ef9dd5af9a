"""Parameters of routes that ask for a stretch of time."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from lookout.server.api.errors.api_error import BadRequest

Zone = Annotated[
    str, Query(max_length=64, description="time zone by its IANA name, as Europe/Berlin")
]
LATEST_S = 1e11


def stretch(since_s: float | None, until_s: float | None) -> tuple[float, float]:
    """A stretch of time. Raises BadRequest for one that ends before it begins."""
    start, end = since_s or 0.0, LATEST_S if until_s is None else until_s
    if not 0 <= start <= end <= LATEST_S:
        raise BadRequest(
            "invalid_request", "`since` is later than `until`, or one of them is no time."
        )
    return start, end


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise BadRequest(
            "invalid_request", f"{name!r} is no time zone: use an IANA name, as Europe/Berlin."
        ) from error
