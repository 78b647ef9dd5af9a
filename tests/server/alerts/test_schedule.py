"""Times of rules, as the clock on the wall of the site shows them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lookout.server.alerts.documents.rule import Interval
from lookout.server.alerts.rules.schedule import any_holds, clock, holds, words

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp()


def interval(start: str, end: str, *days: str) -> Interval:
    given: dict[str, object] = {"from": start, "to": end}
    return Interval.model_validate({**given, **({"days": days} if days else {})})


@pytest.mark.parametrize(
    ("time", "inside"),
    [
        ("2026-11-27T21:59:59", False),  # a Friday
        ("2026-11-27T22:00:00", True),
        ("2026-11-28T05:59:59", True),  # Saturday morning belongs to Friday's night
        ("2026-11-28T06:00:00", False),
        ("2026-11-28T22:30:00", False),  # Saturday night was not asked for
        ("2026-11-27T03:00:00", False),  # and neither was Thursday night
    ],
)
def test_an_interval_over_midnight_belongs_to_the_day_on_which_it_begins(
    time: str, inside: bool
) -> None:
    assert holds(interval("22:00", "06:00", "fri"), at(time), BERLIN) is inside


def test_the_end_of_an_interval_is_not_part_of_it() -> None:
    office = interval("08:00", "17:30")
    assert holds(office, at("2026-11-27T08:00:00"), BERLIN)
    assert holds(office, at("2026-11-27T17:29:59"), BERLIN)
    assert not holds(office, at("2026-11-27T17:30:00"), BERLIN)


def test_the_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    night = interval("01:00", "03:00")
    start_s = at("2026-10-25T01:00:00")
    inside = [holds(night, start_s + 600 * step, BERLIN) for step in range(24)]
    assert inside == [True] * 18 + [False] * 6  # 01:00 to 03:00, and 02:00 comes twice


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    night = interval("01:00", "04:00")
    start_s = at("2026-03-29T01:00:00")
    inside = [holds(night, start_s + 600 * step, BERLIN) for step in range(18)]
    assert inside == [True] * 12 + [False] * 6


def test_a_day_that_ends_at_midnight_is_whole() -> None:
    day = interval("00:00", "24:00", "sat")
    assert holds(day, at("2026-11-28T23:59:59"), BERLIN)
    assert not holds(day, at("2026-11-29T00:00:00"), BERLIN)


def test_without_intervals_it_is_always_time() -> None:
    assert any_holds((), 0.0, BERLIN)


def test_times_are_said_as_people_write_them() -> None:
    assert words([interval("22:00", "06:00", "fri", "sat")]) == "22:00–06:00 on fri, sat"
    assert clock(at("2026-11-28T22:04:00"), BERLIN) == "Sat 22:04"
