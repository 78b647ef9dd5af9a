"""The frames in flight, with times worked out by hand."""

from __future__ import annotations

import pytest

from lookout.edge.flights import Flights


def test_two_frames_fill_the_sky_and_an_answer_makes_room() -> None:
    flights, rooms = Flights(1.0), []
    for number in (1, 2):
        flights.depart(number, 10.0)
        rooms.append(flights.room)
    assert rooms == [True, False]
    with pytest.raises(ValueError, match="2 frames are in flight"):
        flights.depart(3, 10.2)
    assert flights.land(1) == 10.0
    assert flights.room


def test_answers_may_come_in_any_order_and_only_once() -> None:
    flights = Flights(1.0)
    flights.depart(1, 10.0)
    flights.depart(2, 10.1)
    assert flights.land(2) == 10.1
    assert flights.land(2) is None
    assert flights.land(7) is None
    assert flights.land(1) == 10.0


def test_a_camera_that_counts_from_one_again_takes_a_second_place() -> None:
    flights = Flights(1.0)
    flights.depart(1, 10.0)
    flights.depart(1, 20.0)
    assert not flights.room
    assert [flights.land(1), flights.land(1)] == [10.0, 20.0]


@pytest.mark.parametrize(
    ("round_trip_s", "now", "overdue_s"),
    [
        (None, 10.9, -0.1),
        (None, 11.5, 0.5),
        (0.1, 11.5, 0.5),  # four quick round trips are less than a second: the second counts
        (0.5, 11.5, -0.5),  # a slow server has shown that it needs half a second: two are allowed
        (0.5, 12.25, 0.25),
    ],
)
def test_an_answer_is_late_after_a_second_and_four_round_trips(
    round_trip_s: float | None, now: float, overdue_s: float
) -> None:
    flights = Flights(1.0, round_trip_s)
    flights.depart(1, 10.0)
    flights.depart(2, 10.8)
    assert flights.overdue_s(now) == pytest.approx(overdue_s)


def test_nothing_in_flight_is_never_late() -> None:
    assert Flights(1.0).overdue_s(1e9) == 0


def test_the_round_trip_is_smoothed_by_an_eighth() -> None:
    flights = Flights(1.0)
    flights.time_round_trip(0.8)
    flights.time_round_trip(1.6)
    assert flights.round_trip_s == pytest.approx(0.9)
