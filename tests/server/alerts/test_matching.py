"""Each rule answers: matched, or the first condition that did not hold."""

from __future__ import annotations

from typing import Any

import pytest

from lookout.server.alerts.documents.rule import AlertRule, What
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.matching import match
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import Subject, SubjectKind
from lookout.server.alerts.rules.roster import Roster
from tests.support.alerts import NOON_S, ada, fence, rule, seen, stranger, watchlist, zone

NIGHT = {"intervals": [{"days": ["sat"], "from": "22:00", "to": "06:00"}]}


def appears(subject: Subject, camera: str = "door", **fields: Any) -> Moment:
    return Moment(What.APPEARS, NOON_S, subject, seen(subject, camera=camera), **fields)


@pytest.mark.parametrize(
    ("asked", "moment", "why"),
    [
        (rule(enabled=False), appears(ada()), "the rule is switched off"),
        (
            rule(what={"kind": "leaves"}),
            appears(ada()),
            "it asks whether somebody leaves, and here somebody appears",
        ),
        (rule(who={"kind": "unknown"}), appears(ada()), "it is about unknown people only"),
        (rule(who={"kind": "known"}), appears(stranger()), "it is about known people only"),
        (
            rule(who={"kind": "list", "lists": ["wat_1"]}),
            appears(stranger()),
            "not on the list 'Staff'",
        ),
        (
            rule(who={"kind": "list", "lists": ["wat_gone"]}),
            appears(ada()),
            "the list that it asks for is gone",
        ),
        (
            rule(where={"cameras": ["garden"]}),
            appears(ada()),
            "the camera is 'door', not one it asks for",
        ),
        (
            rule(where={"zones": ["zon_1"]}),
            appears(ada()),
            "not in a place that it asks for (camera 'door')",
        ),
        (
            rule(when=NIGHT),
            appears(ada()),
            "it is Sat 13:00 at the site, and the rule is for 22:00–06:00 on sat",
        ),
        (
            rule(when={"profile": "away"}),
            appears(ada()),
            "the site's profile is 'home', and the rule is for 'away'",
        ),
    ],
)
def test_the_first_condition_that_does_not_hold_is_named(
    asked: AlertRule, moment: Moment, why: str
) -> None:
    world = Definitions(
        Site(time_zone="Europe/Berlin"), watchlists=(watchlist(people=["per_ada"]),)
    )
    verdict = match(asked, moment, world)
    assert (verdict.matched, verdict.why) == (False, why)


def test_a_match_says_what_and_on_which_list() -> None:
    world = Definitions(watchlists=(watchlist(people=["per_ada"]),))
    verdict = match(rule(who={"kind": "list", "lists": ["wat_1"]}), appears(ada()), world)
    assert (verdict.matched, verdict.why) == (
        True,
        "somebody appears, on the list 'Staff' (allow)",
    )


def test_a_moment_in_a_zone_or_fence_matches_the_rule_for_it() -> None:
    world = Definitions(zones=(zone(),), fences=(fence(),))
    asked = rule(where={"zones": ["zon_1"], "fences": ["fen_1"]})
    assert match(asked, appears(ada(), zones=frozenset({"zon_1"})), world).matched
    assert match(asked, appears(ada(), fences=frozenset({"fen_1"})), world).matched
    assert not match(asked, appears(ada()), world).matched


def test_of_two_lists_the_stronger_one_counts_and_is_named() -> None:
    staff = watchlist(people=["per_ada"])
    banned = watchlist(id="wat_2", name="Banned", kind="alert", people=["per_ada"])
    world = Definitions(watchlists=(staff, banned))
    asked = rule(who={"kind": "list", "lists": ["wat_1"]})
    assert match(asked, appears(ada()), world).why == (
        "on the list 'Staff' (allow), but the list 'Banned' (alert) is stronger and counts"
    )
    asked = rule(who={"kind": "list", "lists": ["wat_2"]})
    assert match(asked, appears(ada()), world).matched


def test_mute_beats_all_lists_but_alert() -> None:
    mute = watchlist(id="wat_2", name="Quiet", kind="mute", people=["per_ada"])
    vip = watchlist(id="wat_3", kind="vip", people=["per_ada"])
    alert = watchlist(id="wat_4", kind="alert", people=["per_ada"])
    assert Roster([vip, mute]).muting(ada(), NOON_S) == mute
    assert Roster([vip, mute, alert]).muting(ada(), NOON_S) is None


def test_a_list_counts_only_from_its_beginning_to_its_end() -> None:
    visitors = watchlist(people=["per_ada"], valid_from=NOON_S, valid_to=NOON_S + 60)
    roster = Roster([visitors])
    assert roster.lists_of(ada(), NOON_S - 1) == ()
    assert roster.lists_of(ada(), NOON_S) == (visitors,)
    assert roster.lists_of(ada(), NOON_S + 60) == ()
    asked = rule(who={"kind": "list", "lists": ["wat_1"]})
    moment = Moment(What.APPEARS, NOON_S + 60, ada(), seen(ada()))
    why = match(asked, moment, Definitions(watchlists=(visitors,))).why
    assert why == "the list 'Staff' is not in force at this time"


def test_everybody_unknown_is_on_a_list_of_the_unknown() -> None:
    unknown = watchlist(unknown=True)
    assert Roster([unknown]).strongest(stranger(7), NOON_S) == unknown
    assert Roster([unknown]).strongest(ada(), NOON_S) is None
    assert Roster([unknown]).strongest(Subject(SubjectKind.CAMERA, "door"), NOON_S) is None
