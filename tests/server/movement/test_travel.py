"""Travel times are learned from named walks; they mark and suggest, and never name."""

from __future__ import annotations

import pytest

from lookout.server.movement.plausibility import Certainty, certainty
from lookout.server.movement.suggestions import suggest
from lookout.server.movement.travel import TravelGraph, learn
from lookout.server.storage.visit_records import Leg, Transition


def walks(from_camera: str, to_camera: str, *seconds: float) -> list[Transition]:
    return [Transition(from_camera, to_camera, time_s) for time_s in seconds]


@pytest.fixture
def graph() -> TravelGraph:
    return learn(
        [
            *walks("door", "hall", 18, 20, 22, 24, 60),
            *walks("hall", "yard", 30, 30, 40),
            *walks("door", "porch", -4, -3, -5),
            *walks("yard", "gate", 10),
        ]
    )


def leg(
    camera: str,
    first_s: float,
    last_s: float,
    person: str | None = "ada",
    from_camera: str | None = None,
    left_s: float | None = None,
    beside: tuple[str, ...] = (),
) -> Leg:
    cluster = None if person else "unk"
    return Leg(
        "s", "v", camera, first_s, last_s, person, cluster, from_camera, left_s, beside=beside
    )


def test_a_time_is_the_median_between_its_tenths(graph: TravelGraph) -> None:
    time = graph.get("door", "hall")
    assert time is not None
    assert (time.walks, time.typical_s, time.overlapping) == (5, 22, False)
    assert time.fast_s == pytest.approx(18.8)
    assert time.slow_s == pytest.approx(45.6)
    assert time.is_known


def test_one_walk_is_not_enough_unless_a_user_confirms_it(graph: TravelGraph) -> None:
    time = graph.get("yard", "gate")
    assert time is not None
    assert not time.is_known
    confirmed = learn(walks("yard", "gate", 10), [("yard", "gate")]).get("yard", "gate")
    assert confirmed is not None
    assert confirmed.is_known


def test_cameras_that_see_the_same_place_are_found(graph: TravelGraph) -> None:
    assert graph.overlap("door", "porch")
    assert graph.overlap("porch", "door")
    assert not graph.overlap("door", "hall")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (leg("hall", 100, 110, from_camera="door", left_s=80), Certainty.NAMED),
        (leg("hall", 100, 110, from_camera="door", left_s=97), Certainty.TOO_FAST),
        (leg("hall", 100, 110, beside=("door",)), Certainty.TWO_PLACES),
        (leg("porch", 100, 110, from_camera="door", left_s=105, beside=("door",)), Certainty.NAMED),
        (leg("porch", 100, 110, beside=("door", "hall")), Certainty.TWO_PLACES),
        (leg("gate", 100, 110, from_camera="door", left_s=99.5), Certainty.NAMED),
        (leg("hall", 100, 110, None, from_camera="door", left_s=80), Certainty.UNKNOWN),
        (leg("door", 100, 110), Certainty.NAMED),
    ],
    ids=[
        "walked",
        "ran",
        "twice",
        "same place",
        "same place and another",
        "never walked",
        "unnamed",
        "first",
    ],
)
def test_a_leg_is_marked_by_the_one_before(
    after: Leg, expected: Certainty, graph: TravelGraph
) -> None:
    assert certainty(after, graph) is expected


def test_a_face_on_the_way_of_one_person_is_suggested(graph: TravelGraph) -> None:
    unnamed = leg("hall", 120, 130, None)
    ada = leg("yard", 165, 170, "ada", from_camera="door", left_s=100)
    (found,) = suggest([unnamed], [ada], graph)
    assert (found.person, found.from_camera, found.to_camera) == ("ada", "door", "yard")


def test_nothing_is_suggested_where_two_fit_or_the_time_does_not(graph: TravelGraph) -> None:
    unnamed = leg("hall", 120, 130, None)
    ada = leg("yard", 165, 170, "ada", from_camera="door", left_s=100)
    bob = leg("yard", 168, 170, "bob", from_camera="door", left_s=99)
    late = leg("yard", 400, 410, "ada", from_camera="door", left_s=100)
    unlearned = leg("gate", 165, 170, "ada", from_camera="door", left_s=100)
    assert suggest([unnamed], [ada, bob], graph) == ()
    assert suggest([unnamed], [late], graph) == ()
    assert suggest([unnamed], [unlearned], graph) == ()
