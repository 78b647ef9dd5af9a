"""Observations and time become moments: worked out by hand, second by second."""

from __future__ import annotations

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import Signal
from lookout.server.alerts.rules.presence import GONE_S, RulePresence
from tests.support.alerts import NOON_S, ada, at, fence, rule, seen, stranger, zone

INSIDE, OUTSIDE = (0.75, 0.75), (0.25, 0.25)
EMPTY = Definitions()


def whats(moments: list[Moment]) -> list[str]:
    return [moment.what.value for moment in moments]


def test_one_walk_past_two_cameras_is_one_appearance_and_one_leave() -> None:
    presence = RulePresence()
    assert whats(presence.take(seen(ada(), NOON_S, "gate"), EMPTY)) == ["appears"]
    end = seen(ada(), NOON_S + 5, "gate", signal=Signal.ENDED)
    assert presence.take(end, EMPTY) == []
    assert presence.take(seen(ada(), NOON_S + 40, "door"), EMPTY) == []
    presence.take(seen(ada(), NOON_S + 45, "door", signal=Signal.ENDED), EMPTY)
    assert presence.tick(NOON_S + 45 + GONE_S - 1, EMPTY) == []
    (left,) = presence.tick(NOON_S + 45 + GONE_S, EMPTY)
    assert (left.what, left.at_s, left.camera) == (What.LEAVES, NOON_S + 45, "door")


def test_whoever_stands_still_is_there_as_long_as_the_sighting_is_open() -> None:
    presence = RulePresence()
    presence.take(seen(ada()), EMPTY)
    assert presence.tick(NOON_S + 300, EMPTY) == []
    presence.take(seen(ada(), NOON_S + 301, signal=Signal.ENDED), EMPTY)
    assert whats(presence.tick(NOON_S + 361, EMPTY)) == ["leaves"]


def test_whoever_has_left_and_come_again_between_two_ticks_has_left_and_come_again() -> None:
    presence = RulePresence()
    presence.take(seen(ada(), camera="gate"), EMPTY)
    presence.take(seen(ada(), NOON_S + 5, "gate", signal=Signal.ENDED), EMPTY)
    left, came = presence.take(seen(ada(), NOON_S + 300, "door"), EMPTY)
    assert (left.what, left.at_s, left.camera) == (What.LEAVES, NOON_S + 5, "gate")
    assert (came.what, came.at_s, came.camera) == (What.APPEARS, NOON_S + 300, "door")


def test_a_box_that_grazes_a_zone_once_is_no_entry() -> None:
    presence, world = RulePresence(), Definitions(zones=(zone(),))
    assert whats(presence.take(seen(ada(), foot=INSIDE), world)) == ["appears"]
    assert presence.take(seen(ada(), NOON_S + 0.3, foot=OUTSIDE), world) == []
    (entry,) = presence.take(seen(ada(), NOON_S + 0.6, foot=INSIDE), world)
    assert (entry.what, entry.zone) == (What.ENTERS, "zon_1")
    assert presence.take(seen(ada(), NOON_S + 0.9, foot=OUTSIDE), world) == []
    assert presence.tick(NOON_S + 2, world) == []
    presence.take(seen(ada(), NOON_S + 6, foot=OUTSIDE), world)
    (exit_,) = presence.tick(NOON_S + 6, world)
    assert (exit_.what, exit_.zone, exit_.at_s) == (What.EXITS, "zon_1", NOON_S + 0.6)


def test_a_zone_belongs_to_its_camera() -> None:
    presence, world = RulePresence(), Definitions(zones=(zone(),))
    for number in range(3):
        moments = presence.take(seen(ada(), NOON_S + number, "garden", foot=INSIDE), world)
        assert What.ENTERS.value not in whats(moments)


def test_a_stay_is_told_once_when_its_time_is_reached() -> None:
    world = Definitions(rules=(rule(what={"kind": "stays", "seconds": 30}),))
    presence = RulePresence()
    presence.take(seen(stranger()), world)
    assert presence.tick(NOON_S + 29, world) == []
    (stay,) = presence.tick(NOON_S + 31, world)
    assert (stay.what, stay.seconds, stay.at_s) == (What.STAYS, 30, NOON_S + 30)
    assert presence.tick(NOON_S + 60, world) == []


def test_a_camera_in_a_fence_puts_whom_it_sees_into_it() -> None:
    world = Definitions(fences=(fence(),))
    presence = RulePresence()
    moments = presence.take(seen(ada(), place=at(50.05, 8.05)), world)
    assert [(one.what, one.fence) for one in moments] == [
        (What.APPEARS, None),
        (What.ENTERS, "fen_1"),
    ]
    presence.take(seen(ada(), NOON_S + 30, "street", place=at(50.5, 8.5)), world)
    presence.take(seen(ada(), NOON_S + 70, "street", place=at(50.5, 8.5)), world)
    assert [(one.what, one.fence) for one in presence.tick(NOON_S + 71, world)] == [
        (What.EXITS, "fen_1")
    ]


def test_a_kilometre_in_ten_seconds_is_impossible() -> None:
    world = Definitions(rules=(rule(what={"kind": "impossible_speed"}),))
    presence = RulePresence()
    presence.take(seen(ada(), camera="north", place=at(50.0, 8.0)), world)
    # 0.009° of latitude are 1,000.75 m
    there = seen(ada(), NOON_S + 10, "south", place=at(50.009, 8.0))
    (fast,) = [one for one in presence.take(there, world) if one.what is What.IMPOSSIBLE_SPEED]
    assert fast.speed is not None
    assert round(fast.speed, 1) == 100.1
    back = seen(ada(), NOON_S + 410, "north", place=at(50.0, 8.0))
    assert What.IMPOSSIBLE_SPEED.value not in whats(presence.take(back, world))


def test_two_cameras_that_see_far_make_nobody_fast() -> None:
    world = Definitions(rules=(rule(what={"kind": "impossible_speed"}),))
    presence = RulePresence()
    presence.take(seen(ada(), camera="north", place=at(50.0, 8.0, range_m=30)), world)
    there = seen(ada(), NOON_S + 1, "south", place=at(50.0005, 8.0, range_m=30))  # 56 m
    assert What.IMPOSSIBLE_SPEED.value not in whats(presence.take(there, world))


def test_absence_is_told_once_and_again_after_the_next_visit() -> None:
    world = Definitions(
        rules=(rule(who={"kind": "known"}, what={"kind": "absent", "seconds": 3600}),)
    )
    presence = RulePresence()
    presence.remember(ada(), seen(ada(), NOON_S - 7200))
    assert whats(presence.tick(NOON_S, world)) == ["absent"]
    assert presence.tick(NOON_S + 60, world) == []
    presence.take(seen(ada(), NOON_S + 100), world)
    presence.take(seen(ada(), NOON_S + 101, signal=Signal.ENDED), world)
    presence.tick(NOON_S + 200, world)
    assert presence.tick(NOON_S + 3600, world) == []
    assert whats(presence.tick(NOON_S + 3701, world)) == ["absent"]


def test_that_nobody_has_been_there_is_told_once() -> None:
    nobody = rule(who={"kind": "nobody"}, what={"kind": "absent", "seconds": 600})
    world, presence = Definitions(rules=(nobody,)), RulePresence()
    presence.take(seen(stranger()), world)
    presence.take(seen(stranger(), NOON_S + 1, signal=Signal.ENDED), world)
    assert whats(presence.tick(NOON_S + 61, world)) == ["leaves"]
    assert whats(presence.tick(NOON_S + 601, world)) == ["absent"]
    assert presence.tick(NOON_S + 700, world) == []


def test_an_old_sighting_that_is_named_later_makes_nobody_appear() -> None:
    presence = RulePresence()
    presence.take(seen(stranger(), sighting="sgt_1"), EMPTY)
    presence.take(seen(stranger(), NOON_S + 1, sighting="sgt_1", signal=Signal.ENDED), EMPTY)
    presence.tick(NOON_S + 100, EMPTY)
    named = seen(ada(), NOON_S + 5000, sighting="sgt_1", signal=Signal.CORRECTED)
    assert presence.take(named, EMPTY) == []


def test_a_clock_that_is_set_back_keeps_nobody_at_the_site() -> None:
    presence = RulePresence()
    presence.take(seen(ada()), EMPTY)
    presence.take(seen(ada(), NOON_S + 1, signal=Signal.ENDED), EMPTY)
    presence.shift(-3600)
    assert whats(presence.tick(NOON_S - 3600 + 61, EMPTY)) == ["leaves"]
