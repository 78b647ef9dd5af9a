"""Who was where, with whom, for how long: a site of three cameras whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lookout.server.movement import analytics
from lookout.server.movement.chainer import VisitChainer
from lookout.server.storage.records import Person, Sighting, new_id
from lookout.server.storage.store import Store
from lookout.server.storage.visit_records import HourCount, LegFilter, Transition, Visit
from tests.support.stores import Opening

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_9 = 1_795_420_800.0  # 2026-11-23 08:00 UTC, 09:00 in Berlin


@pytest.fixture
def store(open_store: Opening, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data", {}) as opened:
        for name in ("ada", "bob", "eve"):
            opened.people.add(Person(name, name.title(), 1.0))
        rows = [
            ("door", 0, 10, "ada"),
            ("door", 5, 12, "bob"),
            ("hall", 30, 50, "ada"),
            ("hall", 70, 75, "bob"),
            ("yard", 40, 45, "eve"),
            ("yard", 100, 2000, None),
            ("yard", 1500, 1510, "ada"),
        ]
        for camera, first_s, last_s, person in rows:
            opened.sightings.add(
                Sighting(
                    new_id(),
                    camera,
                    MONDAY_9 + first_s,
                    MONDAY_9 + last_s,
                    "known" if person else "unknown",
                    person,
                    None if person else "unk",
                )
            )
        VisitChainer(opened).chain(MONDAY_9 + 5000)
        yield opened


def test_company_is_who_was_at_the_same_camera_at_about_the_same_time(store: Store) -> None:
    found = store.movements.company("ada", 0, 2e9, slack_s=30, limit=10)
    # Bob at the door and in the hall; the stranger had been in the yard for over ten minutes
    assert [(met.person or met.cluster, met.times) for met in found] == [("bob", 2), ("unk", 1)]
    narrow = store.movements.company("ada", 0, 2e9, slack_s=0, limit=10)
    assert [(met.person or met.cluster, met.times) for met in narrow] == [("unk", 1), ("bob", 1)]


def test_present_counts_only_the_seconds_of_the_asked_time(store: Store) -> None:
    found = store.movements.present(MONDAY_9 + 8, MONDAY_9 + 60, limit=10)
    assert [(row.person, row.camera, row.seconds) for row in found] == [
        ("ada", "hall", 20),
        ("eve", "yard", 5),
        ("bob", "door", 4),
        ("ada", "door", 2),
    ]
    late = store.movements.present(MONDAY_9 + 1990, MONDAY_9 + 1995, limit=10)
    assert [(row.cluster, row.camera, row.seconds) for row in late] == [("unk", "yard", 5)]


def test_transitions_are_of_named_people_and_flow_sums_them_up(store: Store) -> None:
    walks = store.movements.transitions(0, 2e9, 100)
    assert sorted((w.from_camera, w.to_camera, w.travel_s) for w in walks) == [
        ("door", "hall", 20),
        ("door", "hall", 58),
    ]
    assert analytics.flows(walks) == (analytics.Flow("door", "hall", 2, 39),)


def test_hours_become_a_week_by_the_clock_of_the_site(store: Store) -> None:
    hours = store.movements.hours(0, 2e9)
    assert sum(row.sightings for row in hours) == 7
    table = analytics.week(hours, BERLIN)
    assert table[0][9] == 7
    assert sum(map(sum, table)) == 7
    assert analytics.places(hours) == {"yard": 3, "door": 2, "hall": 2}
    by_hour = analytics.day_by_place(hours, BERLIN)
    assert {camera: counts[9] for camera, counts in by_hour.items()} == analytics.places(hours)
    assert {sum(counts) - counts[9] for counts in by_hour.values()} == {0}
    assert [row.sightings for row in store.movements.hours(0, 2e9, "bob")] == [1, 1]


def test_a_filter_of_the_log_holds_wholly(store: Store) -> None:
    which = LegFilter(camera="hall", since_s=MONDAY_9 + 60)
    legs = store.movements.legs(10, which=which).items
    assert [(leg.person, leg.from_camera) for leg in legs] == [("bob", "door")]


def test_the_log_is_read_page_by_page_without_gap_or_double(store: Store) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = store.movements.legs(2, cursor)
        seen += [leg.sighting for leg in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_dwell_is_the_time_of_each_person_at_a_camera(store: Store) -> None:
    rows = analytics.dwell(store.movements.present(MONDAY_9, MONDAY_9 + 3600, 100))
    assert rows[0] == analytics.Dwell("yard", 3, 1915, 10, 1900)
    assert rows[1] == analytics.Dwell("hall", 2, 25, 12.5, 20)


def test_occupancy_counts_who_is_there_at_each_step() -> None:
    visits = [Visit("a", 0, 25), Visit("b", 10, 10), Visit("c", -50, 100), Visit("d", 31, 39)]
    assert analytics.occupancy(visits, 0, 40, 10) == (2, 3, 2, 1, 1)


def test_a_day_begins_at_the_midnight_of_the_site() -> None:
    # 22:30 to 00:30 in Berlin
    start_s = MONDAY_9 + 13.5 * 3600
    found = analytics.days(
        [Visit("a", start_s, start_s + 7200), Visit("b", MONDAY_9, MONDAY_9 + 60)], BERLIN
    )
    assert [(day.date, day.visits) for day in found] == [("2026-11-24", 1), ("2026-11-23", 2)]
    assert found[1].first_s == MONDAY_9
    assert found[0].last_s == start_s + 7200


def test_the_hour_that_comes_twice_in_autumn_counts_twice() -> None:
    # 2026-10-25: 00:00 and 01:00 UTC are both 02:00 to 03:00 in Berlin
    hour = 1_792_886_400 // 3600
    table = analytics.week([HourCount(hour, "door", 1), HourCount(hour + 1, "door", 1)], BERLIN)
    assert table[6][2] == 2


def test_flow_of_overlapping_cameras_takes_no_time() -> None:
    assert analytics.flows([Transition("a", "b", -3)])[0].typical_s == 0


def test_the_hours_are_those_of_the_sightings_that_are_left(store: Store) -> None:
    store.people.delete("ada")
    assert sum(row.sightings for row in store.movements.hours(0, 2e9)) == 4
    (moved, *_) = store.sightings.page(1).items
    store.sightings.update(replace(moved, first_s=moved.first_s - 3600))
    assert [row.hour % 24 for row in store.movements.hours(0, 2e9)] == [7, 8, 8, 8]
