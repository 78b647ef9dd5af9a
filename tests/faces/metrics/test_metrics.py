"""The metrics of verification and identification, against lists counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.metrics.identification import nearest_within, rank_share, rates_at_fpir
from lookout.faces.metrics.share import Share, share_by_person, wilson_interval
from lookout.faces.metrics.threshold import threshold_at
from lookout.faces.metrics.trials import Trials, joined
from lookout.faces.metrics.verification import (
    auc,
    best_threshold,
    fold_accuracies,
    roc_curve,
    tar_at_far,
    verification,
)

INF = float("inf")


def numbers(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_the_threshold_lies_where_most_answers_are_right() -> None:
    # same at 1, 2, 5; different at 4, 6, 7: five of six are right between 2 and 4
    distance = numbers(1, 2, 5, 4, 6, 7)
    same = np.array([1, 1, 1, 0, 0, 0], bool)
    assert best_threshold(distance, same) == 3.0


def test_the_threshold_does_not_part_equal_distances() -> None:
    distance = numbers(1, 2, 2, 3)
    same = np.array([1, 1, 0, 0], bool)
    judged = distance <= best_threshold(distance, same)
    assert (judged == same).sum() == 3


def test_faces_that_were_not_found_are_like_nobody() -> None:
    distance = numbers(1, INF, INF, 5)
    same = np.array([1, 1, 0, 0], bool)
    assert 1 <= best_threshold(distance, same) < 5
    assert best_threshold(numbers(INF, INF), np.array([1, 0], bool)) < INF


def test_ten_folds_judge_each_tenth_by_the_others() -> None:
    # ten pairs of each kind; in the fourth fold the same-person pair is far away
    same_distances = [0.5] * 3 + [9.0] + [0.5] * 6
    distance = numbers(*same_distances, *[2.0] * 10)
    same = np.array([True] * 10 + [False] * 10)
    assert fold_accuracies(distance, same).tolist() == [1, 1, 1, 0.5, 1, 1, 1, 1, 1, 1]
    with pytest.raises(ValueError, match="10 folds need 10 pairs of each kind, got 9"):
        fold_accuracies(distance[1:], same[1:])


@pytest.mark.parametrize(
    ("far", "passes"), [(0.0, 0), (0.09, 0), (0.1, 1), (0.25, 2), (0.5, 5), (1.0, 10)]
)
def test_at_most_the_stated_share_of_impostors_passes(far: float, passes: int) -> None:
    impostors = np.arange(10.0)
    assert (impostors <= threshold_at(impostors, far)).sum() == passes


def test_nobody_passes_at_distance_0_even_where_denormals_are_flushed() -> None:
    assert threshold_at(numbers(0, 0, 1), 0.0) <= -np.finfo(np.float64).tiny


def test_equal_impostors_pass_together_or_not_at_all() -> None:
    impostors = numbers(1, 1, 1, 1, 2, 2, 2, 2, 2, 2)
    assert (impostors <= threshold_at(impostors, 0.3)).sum() == 0
    assert (impostors <= threshold_at(impostors, 0.4)).sum() == 4


def test_tar_and_auc_of_a_list_counted_by_hand() -> None:
    distance = numbers(1, 3, 5, 2, 4, 6)
    same = np.array([1, 1, 1, 0, 0, 0], bool)
    assert tar_at_far(distance, same, 0.0) == pytest.approx(1 / 3)
    assert tar_at_far(distance, same, 1 / 3) == pytest.approx(2 / 3)
    # of the nine pairs of pairs, 1 beats three, 3 beats two, 5 beats one
    assert auc(distance, same) == pytest.approx(6 / 9)
    assert auc(numbers(1, 1), np.array([True, False])) == 0.5
    far, tar = roc_curve(distance, same)
    assert far.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])
    assert tar.tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3, 1, 1])


def test_a_perfect_separation_has_perfect_figures() -> None:
    distance = np.concatenate([np.linspace(0.1, 0.3, 20), np.linspace(0.7, 0.9, 20)])
    same = np.arange(40) < 20
    figures = verification(distance, same)
    assert (figures.accuracy, figures.tar_at_far_1e3, figures.auc) == (1.0, 1.0, 1.0)
    assert figures.accuracy_error == 0


# three people; four probes of the first, second, third and third, and two strangers
MATED = np.array([(0.1, 0.5, 0.9), (0.55, 0.58, 0.9), (0.7, 0.8, 0.65), (INF, INF, INF)])
TRUTH = np.array([0, 1, 2, 2])
STRANGERS = np.array([(0.59, 0.9, 0.9), (0.9, 0.9, 0.95)])


def test_ranks_count_how_many_are_nearer_than_the_right_one() -> None:
    assert rank_share(MATED, TRUTH, 1) == 0.5
    assert rank_share(MATED, TRUTH, 2) == 0.75
    assert rank_share(MATED, TRUTH, 10) == 0.75, "a face that was not found is never a match"
    assert rank_share(numbers(0.5, 0.5).reshape(1, 2), np.array([0]), 1) == 0, "a tie is no match"


def test_the_nearest_within_the_threshold_is_named() -> None:
    rule = nearest_within(MATED, TRUTH, STRANGERS, 0.6)
    assert (rule.named_right, rule.named_wrong, rule.strangers_named) == (0.25, 0.25, 0.5)


def test_dir_is_taken_where_the_stated_share_of_strangers_is_named() -> None:
    nobody, threshold = rates_at_fpir(MATED, TRUTH, STRANGERS, 0.01)
    assert nobody.strangers_named == 0
    assert 0.58 < threshold < 0.59
    assert nobody.named_right == 0.25
    half, _ = rates_at_fpir(MATED, TRUTH, STRANGERS, 0.5)
    assert (half.strangers_named, half.named_right) == (0.5, 0.5)


def test_the_interval_of_a_share_is_wilsons() -> None:
    # 1 of 100, z = 1.96: (0.01 + 0.019208) / 1.038416 ± 0.026355
    low, high = Share(1, 100).interval
    assert (low, high) == pytest.approx((0.00177, 0.05449), abs=1e-5)
    assert str(Share(1, 100)) == "1.0 [0.2–5.4]"
    assert Share(0, 0).interval == (0.0, 1.0)
    assert str(Share(0, 0)) == "–"


def test_rates_are_counted_over_strangers_and_over_enrolled_people() -> None:
    trials = Trials(
        np.array([0.001, 0.02, np.inf, 0.005, 0.5]),
        np.array([True, True, True, False, False]),
        np.array([True, True, True, True, False]),
    )
    assert trials.found(0.01) == Share(1, 4)
    assert trials.confused(0.01) == Share(1, 4)
    assert trials.named(0.01) == Share(0, 1)
    assert trials.allowed_for(0.01) < 0.5
    assert trials.named(trials.allowed_for(0.01)) == Share(0, 1)
    assert trials.found(trials.allowed_for(0.01)) == Share(2, 4)


def test_trials_are_joined_in_their_order() -> None:
    def one(chance: float, mated: bool) -> Trials:
        return Trials(numbers(chance), np.array([mated]), np.array([mated]))

    both = joined([one(0.1, True), one(0.2, False)])
    assert both.chances.tolist() == [0.1, 0.2]
    assert (both.found(0.15), both.named(0.15)) == (Share(1, 1), Share(0, 1))


def test_people_count_once_however_many_photographs_they_have() -> None:
    # the first person is hit with one of one, the second with one of four
    hits = np.array([True, True, False, False, False])
    share, people = share_by_person(hits, np.array([7, 9, 9, 9, 9]))
    assert (share, people) == (0.625, 2)
    assert share_by_person(hits[:0], np.zeros(0, np.intp)) == (0.0, 0)


def test_the_interval_reaches_the_ends_and_no_farther() -> None:
    # z² / (1 + z²) for one trial, z = 1.96
    assert wilson_interval(0.0, 1) == pytest.approx((0.0, 0.79346), abs=1e-5)
    assert wilson_interval(1.0, 1) == pytest.approx((0.20654, 1.0), abs=1e-5)
