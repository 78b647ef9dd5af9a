"""APCER, BPCER and non-response of scores whose figures were counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.metrics.presentation import (
    bpcer_at_apcer,
    detection_curve,
    middle_threshold,
    presentation_figures,
    threshold_at_apcer,
)

LIVE = np.array([0.9, 0.8, 0.55, 0.5, 0.3, np.nan])
ATTACKS = {
    "print": np.array([0.1, 0.2, 0.3, 0.7]),
    "phone": np.array([0.1, 0.45, np.nan, 0.61, 0.95]),
}


def test_rates_count_all_presentations_and_the_worst_species_is_reported() -> None:
    figures = presentation_figures(LIVE, ATTACKS, live_from=0.6, spoof_to=0.4)
    assert (figures.apcer["print"].hits, figures.apcer["print"].trials) == (1, 4)
    assert (figures.apcer["phone"].hits, figures.apcer["phone"].trials) == (2, 5)
    assert figures.worst[0] == "phone"
    assert (figures.bpcer.hits, figures.bpcer.trials) == (1, 6)


def test_scores_between_and_missing_scores_are_no_answer() -> None:
    figures = presentation_figures(LIVE, ATTACKS, live_from=0.6, spoof_to=0.4)
    # live: 0.55, 0.5 and the one without a face; phone: 0.45 and the one without a face
    assert (figures.bona_fide_silence.hits, figures.attack_silence["phone"].hits) == (3, 2)
    assert figures.attack_silence["print"].hits == 0


def test_with_one_threshold_every_score_is_answered_once() -> None:
    figures = presentation_figures(np.array([0.5, 0.4]), {"print": np.array([0.5])}, 0.5, 0.5)
    assert figures.bpcer.hits == 1
    assert figures.apcer["print"].hits == 1


def test_the_threshold_at_an_apcer_holds_for_every_species() -> None:
    # one of four prints may pass and one of five replays: the second highest are 0.3 and 0.61
    assert threshold_at_apcer(ATTACKS, 0.25) == pytest.approx(0.61)
    assert (LIVE[:2] >= threshold_at_apcer(ATTACKS, 0.25)).all()
    assert bpcer_at_apcer(LIVE, ATTACKS, 0.25).hits == 3


def test_at_an_apcer_of_0_the_threshold_is_above_every_attack() -> None:
    assert threshold_at_apcer(ATTACKS, 0.0) > 0.95
    assert bpcer_at_apcer(LIVE, ATTACKS, 0.0).hits == 5


def test_the_middle_lies_between_the_tails() -> None:
    live, attacks = np.linspace(2.0, 3.0, 101), {"print": np.linspace(-3.0, -1.0, 101)}
    # the lowest hundredth of the live ones is 2.01, the highest of the prints -1.02
    assert middle_threshold(live, attacks) == pytest.approx(0.495)


def test_the_curve_goes_from_nobody_to_everybody_that_was_heard() -> None:
    apcer, passed = detection_curve(LIVE, ATTACKS)
    assert apcer[0] == pytest.approx(0.2)  # 0.95 is a replay
    assert passed[0] == 0
    assert apcer[-1] == 1.0
    assert passed[-1] == pytest.approx(5 / 6)
    assert (np.diff(apcer) >= 0).all()


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be above"):
        presentation_figures(LIVE, ATTACKS, live_from=0.4, spoof_to=0.6)
    with pytest.raises(ValueError, match="no attack species"):
        presentation_figures(LIVE, {}, 0.5, 0.5)
