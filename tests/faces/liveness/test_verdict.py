"""Evidence to verdicts, and looks to the verdict on a track: numbers worked out by hand."""

from __future__ import annotations

import pytest

from lookout.faces.liveness.floor import NEAR_EDGE, TOO_DARK
from lookout.faces.liveness.track import (
    MAX_LOOKS,
    NOT_LOOKED_YET,
    PAUSE_S,
    REFRESH_S,
    TrackLiveness,
)
from lookout.faces.liveness.verdict import LOOKS_FLAT, UNDECIDED, LivenessState, Look, verdict_on


@pytest.mark.parametrize(
    ("evidence", "state", "score"),
    [
        (2.0, LivenessState.LIVE, 0.9526),
        (0.25, LivenessState.LIVE, 0.5927),
        (0.0, LivenessState.INCONCLUSIVE, 0.5),
        (-0.25, LivenessState.SPOOF, 0.4073),
        (-1000.0, LivenessState.SPOOF, 0.0),
    ],
)
def test_evidence_becomes_a_score_and_a_verdict(
    evidence: float, state: LivenessState, score: float
) -> None:
    verdict = verdict_on(evidence, "toy")
    assert verdict.state is state
    assert verdict.score == pytest.approx(score, abs=1e-4)


def test_a_live_face_has_no_reasons_and_every_other_has_one() -> None:
    assert verdict_on(1.0, "toy").reasons == ()
    assert verdict_on(-1.0, "toy").reasons == (LOOKS_FLAT,)
    assert verdict_on(0.1, "toy").reasons == (UNDECIDED,)
    assert verdict_on(None, "toy", (TOO_DARK,)).reasons == (TOO_DARK,)


def test_a_view_that_shows_nothing_has_no_score() -> None:
    verdict = verdict_on(None, "toy", (TOO_DARK,))
    assert verdict.state is LivenessState.INCONCLUSIVE
    assert verdict.score is None


def test_looks_count_by_their_weight() -> None:
    # (3 × 1 + (-1) × 2) / 3 = 0.333: live, though more of the looks speak against it
    looks = TrackLiveness("toy").with_look(Look(1.0, weight=3.0), 0.0)
    looks = looks.with_look(Look(-1.0, weight=1.0), 0.3).with_look(Look(-1.0, weight=1.0), 0.6)
    # (3 - 1 - 1) / 5 = 0.2 is undecided
    assert looks.verdict.state is LivenessState.INCONCLUSIVE
    assert looks.verdict.looks == 3
    heavier = TrackLiveness("toy").with_look(Look(1.0, weight=3.0), 0.0)
    assert heavier.with_look(Look(-1.0), 0.3).verdict.score == pytest.approx(0.6792, abs=1e-4)


def test_one_odd_frame_of_a_live_person_does_not_make_a_spoof() -> None:
    looks = TrackLiveness("toy")
    for number, evidence in enumerate((1.5, -0.6, 1.2, 1.9, 1.4)):
        looks = looks.with_look(Look(evidence), number * PAUSE_S)
    assert looks.verdict.state is LivenessState.LIVE


def test_nobody_is_judged_before_the_first_look() -> None:
    verdict = TrackLiveness("toy").verdict
    assert verdict.state is LivenessState.INCONCLUSIVE
    assert verdict.reasons == (NOT_LOOKED_YET,)
    assert verdict.looks == 0


def test_after_five_looks_the_next_ones_come_seldom_and_replace_the_oldest() -> None:
    looks = TrackLiveness("toy")
    for number in range(MAX_LOOKS):
        assert looks.wants_look(float(number))
        looks = looks.with_look(Look(1.0), float(number))
    assert not looks.wants_look(MAX_LOOKS - 1 + REFRESH_S / 2)
    assert looks.wants_look(MAX_LOOKS - 1 + REFRESH_S)
    for number in range(3):
        looks = looks.with_look(Look(-1.0), 10.0 + number)
    # two of 1 and three of -1 make -0.2, one more -0.6
    assert looks.verdict.state is LivenessState.INCONCLUSIVE
    assert looks.with_look(Look(-1.0), 20.0).verdict.state is LivenessState.SPOOF


def test_a_print_in_the_place_of_a_person_is_seen_at_once() -> None:
    looks = TrackLiveness("toy")
    for number in range(MAX_LOOKS):
        looks = looks.with_look(Look(2.0), float(number))
    looks = looks.doubted()
    assert looks.wants_look(MAX_LOOKS - 1 + 2 * PAUSE_S)
    # three of 2 and two of -5 make -0.8
    swapped = looks.with_look(Look(-5.0), 5.0).with_look(Look(-5.0), 5.5)
    assert swapped.verdict.state is LivenessState.SPOOF


def test_neighbouring_frames_are_one_look() -> None:
    looks = TrackLiveness("toy").with_look(Look(1.0), 10.0)
    assert not looks.wants_look(10.0 + PAUSE_S / 2)
    assert looks.wants_look(10.0 + PAUSE_S)


def test_views_that_show_nothing_are_looked_at_again_and_say_why() -> None:
    looks = TrackLiveness("toy")
    for number in range(20):
        looks = looks.with_look(Look(None, reasons=(NEAR_EDGE,)), float(number))
    assert len(looks.looks) == 1
    assert looks.wants_look(20.0)
    assert looks.verdict.reasons == (NEAR_EDGE,)
    seen = looks.with_look(Look(2.0), 21.0)
    assert seen.verdict.state is LivenessState.LIVE
    assert seen.verdict.looks == 1
