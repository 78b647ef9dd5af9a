"""Time intervals of a rule, in the site's time zone.

Local clock times count, so 22:00–06:00 is nine or seven hours long in the nights in which the
clocks change, as everybody who wrote it meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from lookout.server.alerts.documents.rule import Interval, Weekday

_DAYS = tuple(Weekday)


def holds(interval: Interval, at_s: float, zone: ZoneInfo) -> bool:
    """Whether Unix time `at_s` lies in the interval."""
    local = datetime.fromtimestamp(at_s, zone)
    time = f"{local:%H:%M}"
    today = _DAYS[local.weekday()]
    yesterday = _DAYS[(local - timedelta(days=1)).weekday()]
    if interval.start < interval.end:
        return today in interval.days and interval.start <= time < interval.end
    return (today in interval.days and time >= interval.start) or (
        yesterday in interval.days and time < interval.end
    )


def any_holds(intervals: Sequence[Interval], at_s: float, zone: ZoneInfo) -> bool:
    """Whether one of the intervals holds; where there are none it is always time."""
    return not intervals or any(holds(interval, at_s, zone) for interval in intervals)


def words(intervals: Sequence[Interval]) -> str:
    """`22:00–06:00 on fri, sat; …`"""
    return "; ".join(
        f"{one.start}–{one.end}"
        + ("" if len(one.days) == len(_DAYS) else " on " + ", ".join(day.value for day in one.days))
        for one in intervals
    )


def clock(at_s: float, zone: ZoneInfo) -> str:
    """`Sat 22:04`"""
    return f"{datetime.fromtimestamp(at_s, zone):%a %H:%M}"
