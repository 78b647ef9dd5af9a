"""Rounds: sums over those who are there, refusals, liars, versions."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lookout.server.federated.adopted import load_adopted, take_back
from lookout.server.federated.aggregate import Aggregation
from lookout.server.federated.calibration_round import CalibrationRound
from lookout.server.federated.counted import load_counted
from lookout.server.federated.errors import BadRoundMessage, NotJoined, RoundFailed
from lookout.server.federated.histogram import EDGES, SHAPE, STRANGER, UNIT
from lookout.server.federated.ledger import Ledger
from lookout.server.federated.plan import RoundPlan
from lookout.server.federated.signing import parts, public_of, signed
from lookout.server.federated.site import SiteDesk, SiteIdentity
from tests.server.federated.federation import ENCODER, NOW_S, Federation, counted, federation

PLAN = RoundPlan(ENCODER)
THREE = {"sit_a": counted({20: 100}), "sit_b": counted({25: 200}), "sit_c": counted({25: 100})}


def strangers(new: CalibrationRound) -> Mapping[int, float]:
    """People in each bin of clear pictures that is not empty."""
    row = new.counts[STRANGER, 0] / UNIT
    return {int(place): float(row[place]) for place in row.nonzero()[0]}


def test_a_round_is_the_sum_of_all_sites(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    new = here.coordinator.run(PLAN, here).round
    assert (new.version, new.sites, new.missing) == (1, ("sit_a", "sit_b", "sit_c"), {})
    assert strangers(new) == {20: 100, 25: 300}
    assert (new.strangers, new.people) == (400, 30)


def test_no_message_of_a_site_shows_its_counts(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    sent = [parts(message)[0] for _, message in here.carried]
    vectors = [base64.b64decode(body["values"]) for body in sent if body["kind"] == "counts"]
    assert len(vectors) == 3
    for site, content in THREE.items():
        assert content.counts.ravel().astype("<u4").tobytes() not in vectors, site
    for vector in vectors:  # 256 numbers that look random: hardly any is 0, as most counts are
        assert len(vector) == 4 * np.prod(SHAPE)
        assert (np.frombuffer(vector, "<u4") == 0).sum() < 3


def test_a_site_that_falls_silent_in_the_round_is_left_out_and_the_others_are_summed(
    tmp_path: Path,
) -> None:
    here = federation(tmp_path, THREE)
    here.lost = lambda site, body: site == "sit_c" and body["kind"] != "greet"
    new = here.coordinator.run(PLAN, here).round
    assert new.sites == ("sit_a", "sit_b")
    assert new.missing == {"sit_c": "was silent"}
    assert strangers(new) == {20: 100, 25: 200}


def test_a_sum_of_one_site_is_never_opened(tmp_path: Path) -> None:
    here = federation(tmp_path, {site: THREE[site] for site in ("sit_a", "sit_b")})
    here.lost = lambda site, body: site == "sit_b" and body["kind"] == "count"
    with pytest.raises(RoundFailed) as failed:
        here.coordinator.run(replace(PLAN, aggregation=Aggregation.SUM), here)
    assert "sit_a was left alone" in str(failed.value)


def test_a_site_does_not_answer_a_question_that_would_show_its_counts(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    body = {"kind": "count", "round": "r", "plan": PLAN.to_json(), "attempt": 0, "least": 1}
    alone = signed({**body, "peers": []}, here.coordinator.key)
    reply = parts(here.desks["sit_a"].answer(alone))[0]
    assert reply["kind"] == "refusal"
    assert "a sum of 1 sites is not opened" in reply["why"]


def test_a_site_answers_nobody_but_its_coordinator(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    foreign = signed({"kind": "greet", "round": "r", "plan": PLAN.to_json()},
                     Ed25519PrivateKey.generate())  # fmt: skip
    reply = parts(here.desks["sit_a"].answer(foreign))[0]
    assert "not signed by whom it should be" in reply["why"]


def test_a_site_whose_key_has_changed_is_not_summed_with(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    key = Ed25519PrivateKey.generate()
    identity = SiteIdentity("sit_b", key, public_of(here.coordinator.key))
    changed = {**here.coordinator.members, "sit_b": public_of(key)}
    desks = {**here.desks, "sit_b": SiteDesk(tmp_path / "sit_b", identity, lambda: NOW_S)}
    there = Federation(replace(here.coordinator, members=changed), desks, tmp_path)
    with pytest.raises(RoundFailed, match="sit_b has another key than before"):
        there.coordinator.run(PLAN, there)


def test_a_site_that_has_left_is_in_no_later_round(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    members = {site: key for site, key in here.coordinator.members.items() if site != "sit_b"}
    here.coordinator = replace(here.coordinator, members=members)
    new = here.coordinator.run(PLAN, here).round
    assert (new.version, new.sites) == (2, ("sit_a", "sit_c"))
    assert strangers(new) == {20: 100, 25: 100}


def test_one_liar_among_groups_moves_a_sum_and_not_a_median(tmp_path: Path) -> None:
    honest = {f"sit_{index}": counted({24: 98, 10: 2}) for index in range(9)}
    lying = honest | {"sit_4": counted({30: 50_000})}
    here = federation(tmp_path, lying)
    bent = here.coordinator.run(PLAN, here).round
    held = here.coordinator.run(RoundPlan(ENCODER, Aggregation.MEDIAN, 3), here).round
    assert bent.allowed() > 0.05  # the liar's crowd of distant strangers
    assert held.allowed() < EDGES[10]
    assert held.groups == 3


def test_a_group_that_counts_below_nothing_is_left_out(tmp_path: Path) -> None:
    sites = {f"sit_{index}": counted({24: 50}) for index in range(9)}
    here = federation(tmp_path, sites | {"sit_4": counted({24: -5000})})
    new = here.coordinator.run(RoundPlan(ENCODER, Aggregation.SUM, 3), here).round
    assert len(new.sites) == 6
    assert new.missing["sit_4"] == "is in a group whose sum cannot be one of counts"


def test_noise_changes_the_counts_and_a_budget_ends(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE, budget=5.0)
    plan = replace(PLAN, epsilon=2.0)
    for version in (1, 2):
        new = here.coordinator.run(plan, here).round
        assert new.version == version
        assert new.counts[STRANGER, 0, 20] != 100 * UNIT
        assert new.counts[STRANGER, 0, 20] / UNIT == pytest.approx(100, abs=20)
    with pytest.raises(RoundFailed, match="a round of ε 2 is asked for, and 1 is left here"):
        here.coordinator.run(plan, here)
    with pytest.raises(RoundFailed, match="noise only"):
        here.coordinator.run(PLAN, here)


def test_a_second_attempt_has_the_noise_of_the_first(tmp_path: Path) -> None:
    """Else a coordinator could have it drawn again until it averages out."""
    here = federation(tmp_path, THREE, budget=1.0)
    calls = []
    here.lost = lambda site, body: (
        site == "sit_c" and body["kind"] == "count" and not calls.append(1)  # type: ignore[func-returns-value]
    )
    new = here.coordinator.run(replace(PLAN, epsilon=1.0), here).round
    assert new.sites == ("sit_a", "sit_b")
    assert len(calls) == 1


def test_a_round_does_not_come_with_other_noise(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.json", 3.0)
    ledger.spend("r", 2.0, 2)
    ledger.spend("r", 2.0, 2)
    assert ledger.spent == 2.0
    for epsilon, least in ((1.0, 2), (2.0, 3)):
        with pytest.raises(BadRoundMessage, match="a round has one ε"):
            ledger.spend("r", epsilon, least)


def test_a_site_takes_over_what_is_better_by_its_own_judges_and_can_go_back(
    tmp_path: Path,
) -> None:
    """Its judges: strangers at a chance of 1 %, known people at 0.8 %. Between these it is better
    off than with 0.5 %."""
    better = int(np.searchsorted(EDGES, 0.009))
    here = federation(tmp_path, dict.fromkeys(("sit_a", "sit_b"), counted({better: 2, 31: 98})))
    outcome = here.coordinator.run(PLAN, here)
    assert 0.008 < outcome.round.allowed() < 0.01
    assert all(answer["taken"] for answer in outcome.told.values())
    adopted = load_adopted(tmp_path / "sit_a")
    assert adopted is not None
    assert "people found 0.0% → 100.0% of 20" in adopted.why
    back = take_back(tmp_path / "sit_a", NOW_S)
    assert (back.allowed, back.version) == (0.005, 0)
    with pytest.raises(NotJoined):
        take_back(tmp_path / "sit_a", NOW_S)


def test_a_site_does_not_take_over_what_is_worse_or_changes_nothing(tmp_path: Path) -> None:
    here = federation(tmp_path, dict.fromkeys(("sit_a", "sit_b"), counted({26: 50, 29: 50})))
    outcome = here.coordinator.run(PLAN, here)
    assert not any(answer["taken"] for answer in outcome.told.values())
    assert "not better here" in outcome.told["sit_a"]["why"]
    assert load_adopted(tmp_path / "sit_a") is None


def test_a_version_is_reverted_by_a_new_one_and_sites_that_took_it_go_back(
    tmp_path: Path,
) -> None:
    better = int(np.searchsorted(EDGES, 0.009))
    good = dict.fromkeys(("sit_a", "sit_b"), counted({16: 2, 31: 98}))
    here = federation(tmp_path, good)
    first = here.coordinator.run(PLAN, here).round
    other = federation(tmp_path / "other", dict.fromkeys(good, counted({better: 2, 31: 98})))
    for site in good:
        content = (tmp_path / "other" / site / "counted.npz").read_bytes()
        (tmp_path / site / "counted.npz").write_bytes(content)
    second = here.coordinator.run(PLAN, here)
    assert all(answer["taken"] for answer in second.told.values())
    third = here.coordinator.revert(1, here)
    assert (third.round.version, third.round.reverts) == (3, 1)
    assert third.round.allowed() == first.allowed()
    adopted = load_adopted(tmp_path / "sit_a")
    assert adopted is not None
    assert (adopted.version, adopted.why) == (3, "version 2 was withdrawn")
    assert adopted.allowed == first.allowed()
    assert other.coordinator.history.versions() == []


def test_a_changed_or_old_round_is_not_taken(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    history = here.coordinator.history
    message = history.message(1)
    with pytest.raises(BadRoundMessage, match="no newer than round 1"):
        history.add(message)
    file = tmp_path / "coordinator" / "rounds" / "000001.json"
    file.write_bytes(message.replace(b'"version":1', b'"version":7'))
    with pytest.raises(BadRoundMessage, match="not signed by whom"):
        history.get(1)


def test_a_site_notes_what_it_did(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    noted = [entry["what"] for entry in here.journal_of("sit_a").latest(10)]
    assert noted == ["judged", "counts sent", "met a site", "met a site"]


def test_people_who_are_held_out_are_in_no_count(tmp_path: Path) -> None:
    here = federation(tmp_path, THREE)
    here.coordinator.run(PLAN, here)
    content = load_counted(tmp_path / "sit_a" / "counted.npz")
    assert content.counts[STRANGER].sum() == 100 * UNIT
    assert len(content.judges.stranger) == 20
