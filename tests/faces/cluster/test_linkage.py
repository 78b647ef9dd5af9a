"""Agglomeration, with distances worked out by hand, and beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.cluster.linkage import agglomerate


def between(*places: float) -> np.ndarray:
    """The distances of points on a line."""
    line = np.array(places, np.float32)
    return np.asarray(np.abs(line[:, None] - line))


def groups(scores: np.ndarray, limit: float, weights: tuple[float, ...] = ()) -> list[int]:
    counts = np.array(weights or [1.0] * len(scores))
    return [int(group) for group in agglomerate(scores, counts, limit)]


def test_two_near_points_are_one_group_and_a_far_one_is_not() -> None:
    assert groups(between(0, 1, 9), 2) == [0, 0, 2]


def test_the_nearest_come_together_first() -> None:
    # 1 and 2 are one apart; 0 is 1.2 from the nearer and 1.7 from both on average
    assert groups(between(0, 1.2, 2.2), 1.6) == [0, 1, 1]
    assert groups(between(0, 1.2, 2.2), 1.71) == [0, 0, 0]


def test_a_chain_breaks_where_the_ends_are_far_from_one_another() -> None:
    # each is within 1 of the next; two pairs are 2 apart on average, which is too far
    assert groups(between(0, 1, 2, 3), 1.5) == [0, 0, 2, 2]


def test_a_poor_face_counts_for_less_in_the_mean() -> None:
    # of 0 and 1 the mean distance to 3 is 2.5; with the first counting a ninth, 0.1·3 + 0.9·2
    assert groups(between(0, 1, 3), 2.2) == [0, 0, 2]
    assert groups(between(0, 1, 3), 2.2, (1, 9, 1)) == [0, 0, 0]


def test_two_that_may_not_be_together_never_are_by_way_of_a_third() -> None:
    scores = between(0, 0.5, 1.1)
    scores[0, 2] = scores[2, 0] = np.inf
    assert groups(scores, 5) == [0, 0, 2]


def test_two_that_belong_together_are_one_group_however_far() -> None:
    weights = np.ones(3)
    assert agglomerate(between(0, 100, 99), weights, 2, [(0, 1)]).tolist() == [0, 0, 2]
    # 0 and 100 together are 50 from 99 on average
    assert agglomerate(between(0, 100, 99), weights, 51, [(0, 1)]).tolist() == [0, 0, 0]


def test_nothing_is_sorted_into_nothing() -> None:
    assert groups(np.zeros((0, 0), np.float32), 1) == []


def test_it_is_what_scipy_finds() -> None:
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    points = np.random.default_rng(7).normal(size=(120, 3))
    scores = np.linalg.norm(points[:, None] - points, axis=2).astype(np.float32)
    theirs = hierarchy.fcluster(hierarchy.linkage(points, "average"), 1.5, "distance")
    ours = groups(scores, 1.5)
    assert 10 < len(set(ours)) < 100
    assert len(set(zip(ours, theirs.tolist(), strict=True))) == len(set(ours)) == theirs.max()
