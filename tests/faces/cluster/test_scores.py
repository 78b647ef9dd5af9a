"""Scores of pairs: symmetric, and none is overlooked by the quick look at distances."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.cluster.scores import Placed, near_pairs, score_limit, scores_between
from lookout.faces.decision.stranger_model import StrangerModel, stranger_model

LINE = StrangerModel(mean=100.0, spread=10.0, cohort_spread=10.0)


def test_without_a_cohort_a_score_is_the_squared_distance() -> None:
    one = Placed.of(np.array([[0, 0], [3, 0]], np.float32), LINE)
    assert scores_between(one, one, LINE).tolist() == [[0, 9], [9, 0]]


@pytest.mark.parametrize("limit", [1.1, 1.3, 1.5])
def test_a_quick_look_finds_every_near_pair_of_faces_of_all_conditions(limit: float) -> None:
    strangers = stranger_model("sface", 1.13)
    assert strangers.cohort is not None
    # around the cohort's own faces, of all conditions, so that there is crowding of every kind
    random = np.random.default_rng(3)
    middles = np.concatenate([faces[:20] for faces in strangers.cohort.conditions])
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    twice = np.repeat(middles, 2, axis=0)
    rows = twice + random.normal(0, 0.06, twice.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    placed = Placed.of(rows.astype(np.float32), strangers)
    scores = scores_between(placed, placed, strangers)
    assert np.abs(scores - scores.T).max() < 1e-6
    found = [near.tolist() for near in near_pairs(placed, placed, strangers, limit)]
    assert found == [np.flatnonzero(row <= limit).tolist() for row in scores]
    assert sum(map(len, found)) > len(rows)


def test_more_faces_have_to_be_nearer_and_one_more_changes_nothing() -> None:
    assert score_limit(LINE, 0.1, 2000) < score_limit(LINE, 0.1, 1000)
    assert score_limit(LINE, 0.1, 1500) == score_limit(LINE, 0.1, 1501)
    # below 50 people chances are counted as if there were 50
    assert score_limit(LINE, 0.1, 1) == score_limit(LINE, 0.1, 32) == LINE.score_at(0.1, 32)
