"""What is told, when, how often, and what keeps it from being told."""

from __future__ import annotations

from dataclasses import replace

from lookout.server.alerts.rules.observation import NOBODY, Signal
from lookout.server.alerts.states.alert_state import AlertState, Notice
from tests.support.alerts import (
    NOON_S,
    House,
    ada,
    rule,
    seen,
    silence,
    stranger,
    watchlist,
)


def leaves(house: House, camera: str = "door") -> None:
    """Ada goes away, and a minute passes."""
    house.see(ada(), camera, signal=Signal.ENDED)
    house.wait(61)


def test_one_walk_past_six_cameras_is_one_alert_whose_place_is_updated() -> None:
    house = House.of(rule())
    for number in range(6):
        house.see(ada(), f"camera {number}")
        house.wait(20)
        house.see(ada(), f"camera {number}", signal=Signal.ENDED)
    house.wait(61)
    assert house.told() == ["told alr_1", *["updated alr_1"] * 5, "ended alr_1"]
    (alert,) = house.alerts.values()
    assert (alert.state, alert.camera) == ("resolved", "camera 5")


def test_a_person_again_within_ten_minutes_is_written_down_and_not_told() -> None:
    house = House.of(rule())
    house.see(ada())
    leaves(house)
    house.see(ada())
    leaves(house)
    house.wait(600)
    house.see(ada())
    assert [one for one in house.told() if one.startswith("told")] == ["told alr_1", "told alr_3"]
    second = house.alerts["alr_2"]
    assert second.state == AlertState.SUPPRESSED
    assert second.suppressed_by is not None
    assert second.suppressed_by["kind"] == "cooldown"
    assert second.suppressed_by["until"] == NOON_S + 600
    assert second.ended_s is not None


def test_an_unknown_person_again_is_told_after_a_minute() -> None:
    house = House.of(rule(who={"kind": "unknown"}))
    for _ in range(2):
        house.see(stranger())
        house.see(stranger(), signal=Signal.ENDED)
        house.wait(61)
    assert [one for one in house.told() if one.startswith("told")] == ["told alr_1", "told alr_2"]


def test_one_persons_cooldown_says_nothing_of_another_person() -> None:
    house = House.of(rule(repeat_s=86400))
    house.see(ada())
    house.see(stranger())
    assert house.told() == ["told alr_1", "told alr_2"]


def test_a_cooldown_never_eats_what_is_more_important() -> None:
    house = House.of(rule())
    house.see(ada())
    leaves(house)
    house.change(rules=(rule(severity="critical"),))
    house.see(ada())
    assert [one for one in house.told() if one.startswith("told")] == ["told alr_1", "told alr_2"]


def test_something_more_important_is_told_instead_of_the_less_important() -> None:
    usual = rule()
    wanted = rule(
        id="rul_2", name="wanted", severity="critical", who={"kind": "list", "lists": ["wat_1"]}
    )
    lists = (watchlist(kind="alert", people=["per_ada"]),)
    house = House.of(usual, wanted, watchlists=lists)
    house.see(ada())
    assert house.told() == ["told alr_1"]
    assert house.alerts["alr_1"].rule == "rul_2"
    blocked = house.alerts["alr_2"].suppressed_by
    assert blocked is not None
    assert blocked["words"] == "the more important rule 'wanted' tells of the same"


def test_a_channel_that_the_more_important_rule_has_not_is_told_all_the_same() -> None:
    usual = rule(channels=["chn_log"])
    wanted = rule(id="rul_2", severity="critical")
    house = House.of(usual, wanted)
    house.see(ada())
    assert len([one for one in house.told() if one.startswith("told")]) == 2


def test_a_muted_person_is_not_told_of_and_the_list_is_named() -> None:
    house = House.of(rule(), watchlists=(watchlist(kind="mute", people=["per_ada"]),))
    house.see(ada())
    assert house.told() == []
    blocked = house.alerts["alr_1"].suppressed_by
    assert blocked is not None
    assert blocked["words"] == "on the list 'Staff', which mutes"


def test_a_silence_holds_until_its_end_and_somebody_who_is_still_there_is_told_then() -> None:
    walking = rule(what={"kind": "stays", "seconds": 300})
    house = House.of(rule(), walking, silences=(silence(NOON_S + 200, camera="door"),))
    house.see(ada())
    assert house.told() == []
    house.wait(301)
    assert house.told() == ["told alr_1"]


def test_a_silence_of_one_camera_leaves_the_others_alone() -> None:
    house = House.of(rule(), silences=(silence(NOON_S + 200, camera="garden"),))
    house.see(ada())
    assert house.told() == ["told alr_1"]


def test_somebody_becomes_ada_under_the_same_tag() -> None:
    house = House.of(rule())
    house.see(stranger(), sighting="sgt_1", state="unsure")
    house.see(ada(), sighting="sgt_1")
    assert house.told() == ["told alr_1", "precise alr_1"]
    (alert,) = house.alerts.values()
    assert (alert.person, alert.cluster, alert.state) == ("per_ada", None, "firing")
    house.see(ada(), sighting="sgt_1", signal=Signal.ENDED)
    house.wait(61)
    house.see(ada())
    assert house.alerts["alr_2"].state == AlertState.SUPPRESSED  # she was told of already


def test_an_undecided_face_that_becomes_known_in_time_alarms_nobody() -> None:
    house = House.of(rule(who={"kind": "unknown"}))
    house.see(stranger(), sighting="sgt_1", state="unsure")
    assert house.states() == ["pending"]
    house.wait(1)
    house.see(ada(), sighting="sgt_1")
    house.wait(10)
    assert house.told() == []
    assert house.states() == ["expired"]


def test_an_undecided_face_that_stays_undecided_is_told_after_two_seconds() -> None:
    house = House.of(rule(who={"kind": "unknown"}))
    house.see(stranger(), state="unsure")
    house.wait(1)
    assert house.told() == []
    house.wait(1)
    assert house.told() == ["told alr_1"]


def test_a_stranger_is_told_as_soon_as_it_is_decided_that_nobody_knows_the_face() -> None:
    house = House.of(rule(who={"kind": "unknown"}))
    house.see(stranger(), state="unsure", sighting="sgt_1")
    assert house.told() == []
    house.wait(0.4)
    house.see(stranger(), state="unknown", sighting="sgt_1")
    assert house.told() == ["told alr_1"]
    assert house.alerts["alr_1"].told_s == house.now_s
    house.wait(5)
    assert house.told() == ["told alr_1"]


def test_a_stranger_in_a_silence_is_not_told_when_it_is_decided() -> None:
    quiet = silence(NOON_S + 3600, camera="door")
    house = House.of(rule(who={"kind": "unknown"}))
    house.see(stranger(), state="unsure", sighting="sgt_1")
    house.change(silences=(quiet,))
    house.see(stranger(), state="unknown", sighting="sgt_1")
    assert house.told() == []
    assert house.alerts["alr_1"].state == AlertState.SUPPRESSED


def test_a_stranger_who_turns_out_to_be_ada_is_told_once_more_by_one_message() -> None:
    unknown = rule(who={"kind": "unknown"})
    known = rule(id="rul_2", who={"kind": "known"})
    house = House.of(unknown, known)
    house.see(stranger(), sighting="sgt_1")
    changes = house.see(ada(), sighting="sgt_1")
    precise, told = [one for one in changes if one.notice]
    assert (precise.notice, precise.but_not) == (Notice.PRECISE, frozenset({"chn_1"}))
    assert (told.notice, told.alert.tag) == (Notice.TOLD, "alr_1")
    assert precise.alert.state == AlertState.RESOLVED


def test_whoever_was_told_ada_is_told_that_it_was_not_ada() -> None:
    house = House.of(rule(), rule(id="rul_2", who={"kind": "unknown"}))
    house.see(ada(), sighting="sgt_1")
    house.wait(5)
    house.see(stranger(), sighting="sgt_1", signal=Signal.CORRECTED)
    assert house.told()[:2] == ["told alr_1", "corrected alr_1"]
    wrong = house.alerts["alr_1"]
    assert (wrong.person, wrong.cluster, wrong.detail["was"]) == (None, "unk_1", "per_ada")
    assert wrong.state == AlertState.RESOLVED
    assert house.alerts["alr_3"].rule == "rul_2"


def test_a_sighting_that_is_deleted_is_over_and_corrects_nobody() -> None:
    house = House.of(rule())
    house.see(ada(), sighting="sgt_1")
    house.see(NOBODY, sighting="sgt_1", signal=Signal.CORRECTED)
    house.wait(61)
    assert house.told() == ["told alr_1", "ended alr_1"]
    assert house.alerts["alr_1"].person == "per_ada"


def test_a_lost_camera_is_told_after_a_minute_and_so_is_its_return() -> None:
    house = House.of(rule(what={"kind": "camera_lost"}))
    house.hear(seen(NOBODY, signal=Signal.CAMERA_LOST, sighting=None))
    house.wait(59)
    assert (house.told(), house.states()) == ([], ["pending"])
    house.wait(1)
    assert house.told() == ["told alr_1"]
    house.hear(seen(NOBODY, house.now_s, signal=Signal.CAMERA_ONLINE, sighting=None))
    assert house.told() == ["told alr_1", "ended alr_1"]


def test_a_camera_that_is_back_within_a_minute_is_not_told_of() -> None:
    house = House.of(rule(what={"kind": "camera_lost"}))
    house.hear(seen(NOBODY, signal=Signal.CAMERA_LOST, sighting=None))
    house.wait(30)
    house.hear(seen(NOBODY, house.now_s, signal=Signal.CAMERA_ONLINE, sighting=None))
    house.wait(100)
    assert (house.told(), house.states()) == ([], ["expired"])


def test_many_strangers_in_a_minute_are_told_one_by_one_and_then_together() -> None:
    house = House.of(rule(who={"kind": "unknown"}))
    for number in range(500):
        house.see(stranger(number))
        house.now_s += 0.1
    told = [one for one in house.told() if one.startswith("told")]
    assert len(told) == 11
    crowd = list(house.alerts.values())[-1]
    assert (crowd.count, crowd.person, crowd.cluster) == (490, None, None)
    house.wait(30)
    assert house.told()[-1] == f"precise {crowd.id}"


def test_nobody_who_acknowledges_is_told_by_the_next_channel() -> None:
    house = House.of(rule(escalate={"after_s": 300, "channels": ["chn_2"]}))
    house.see(ada())
    leaves(house)  # that she has gone does not mean that anybody has read it
    (escalated,) = [one for one in house.wait(300) if one.notice is Notice.ESCALATED]
    assert escalated.channels == ("chn_2",)
    assert house.wait(600) == []


def test_an_acknowledged_alert_is_not_escalated() -> None:
    house = House.of(rule(escalate={"after_s": 300, "channels": ["chn_2"]}))
    (told,) = house.see(ada())
    house.engine.changed_outside(
        replace(told.alert, state="acknowledged", acknowledged_by="olga", escalate_s=None)
    )
    assert Notice.ESCALATED not in [one.notice for one in house.wait(400)]


def test_a_door_opens_for_a_decided_name_with_a_margin_only() -> None:
    opener = rule(channels=["chn_1", "chn_door"], require_live=True)
    cases = [
        (seen(ada(), liveness="live"), True),
        (seen(ada(), liveness="live", margin=0.01), False),
        (seen(ada(), liveness="live", margin=None), False),
        (seen(ada(), liveness="inconclusive"), False),
        (seen(ada(), liveness="live", state="unsure"), False),
        (seen(stranger(), liveness="live"), False),
    ]
    for observation, opens in cases:
        house = House.of(opener, opening=frozenset({"chn_door"}))
        (change,) = house.hear(observation)
        assert ("chn_door" in change.channels) is opens, observation
        assert "chn_1" in change.channels
        assert change.trace is not None
        assert ("nothing was opened" in change.trace.words) is not opens


def test_a_door_opens_once_somebody_before_it_has_got_a_name() -> None:
    opener = rule(channels=["chn_1", "chn_door"])
    house = House.of(opener, opening=frozenset({"chn_door"}))
    (somebody,) = house.see(stranger(), sighting="sgt_1", state="unsure")
    assert somebody.channels == ("chn_1",)
    changes = house.see(ada(), sighting="sgt_1")
    opened = [one for one in changes if one.notice is Notice.TOLD]
    assert [one.channels for one in opened] == [("chn_door",)]
    house.wait(5)
    assert [one for one in house.see(ada(), sighting="sgt_1") if one.notice is Notice.TOLD] == []


def test_what_happened_while_the_server_was_off_for_long_is_written_down_not_told() -> None:
    house = House.of(rule())
    house.hear(seen(ada(), NOON_S - 4000))
    blocked = house.alerts["alr_1"].suppressed_by
    assert blocked is not None
    assert blocked["kind"] == "late"
    house.see(stranger())
    assert house.told() == ["told alr_2"]


def test_a_clock_that_is_set_back_holds_nothing_back_for_longer_than_the_cooldown() -> None:
    house = House.of(rule())
    house.see(ada())
    leaves(house)
    house.engine.shift(-3600)
    house.now_s -= 3600
    house.wait(600)
    house.see(ada())
    assert [one for one in house.told() if one.startswith("told")] == ["told alr_1", "told alr_2"]
