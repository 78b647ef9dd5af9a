"""What a name asks of a face's liveness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lookout.faces.decision.decide import Decision, State
from lookout.faces.decision.liveness_demand import (
    NOT_LIVE,
    NOT_PROVED,
    LivenessDemand,
    with_liveness,
)
from lookout.faces.liveness.verdict import LOOKS_FLAT, LivenessState, LivenessVerdict, verdict_on

ADA = Decision(State.KNOWN, name="Ada", nearest="Ada", distance=0.3)
LIVE, SPOOF, UNCLEAR = (verdict_on(evidence, "toy") for evidence in (2.0, -2.0, 0.0))


@pytest.mark.parametrize("verdict", [LIVE, SPOOF, UNCLEAR, None])
def test_marking_leaves_the_name_and_says_what_was_seen(verdict: LivenessVerdict | None) -> None:
    decision = with_liveness(ADA, verdict, LivenessDemand.MARK)
    assert (decision.name, decision.state) == ("Ada", State.KNOWN)
    assert decision.liveness is verdict


def test_where_a_live_face_is_required_it_gets_its_name() -> None:
    assert with_liveness(ADA, LIVE, LivenessDemand.REQUIRE).name == "Ada"


@pytest.mark.parametrize("verdict", [SPOOF, UNCLEAR, None])
def test_without_a_live_face_the_answer_is_unsure_and_has_no_name(
    verdict: LivenessVerdict | None,
) -> None:
    decision = with_liveness(ADA, verdict, LivenessDemand.REQUIRE)
    assert (decision.name, decision.state) == (None, State.UNSURE)
    assert decision.reasons[0] == NOT_LIVE


def test_a_refused_name_says_what_was_seen() -> None:
    decision = with_liveness(ADA, SPOOF, LivenessDemand.REQUIRE)
    assert decision.reasons == (NOT_LIVE, LOOKS_FLAT.message)
    assert decision.liveness is not None
    assert decision.liveness.state is LivenessState.SPOOF


def test_a_stranger_stays_a_stranger() -> None:
    stranger = Decision(State.UNKNOWN, reasons=("nobody is near",))
    decision = with_liveness(stranger, SPOOF, LivenessDemand.REQUIRE)
    assert (decision.state, decision.reasons) == (State.UNKNOWN, ("nobody is near",))


def test_where_nobody_looks_nothing_changes() -> None:
    assert with_liveness(ADA, SPOOF, LivenessDemand.OFF) is ADA


def test_a_challenge_asks_for_more_than_a_live_face() -> None:
    decision = with_liveness(ADA, LIVE, LivenessDemand.CHALLENGE)
    assert (decision.name, decision.reasons) == (None, (NOT_PROVED,))
    proved = replace(LIVE, proved=True)
    assert with_liveness(ADA, proved, LivenessDemand.CHALLENGE).name == "Ada"
