"""Pairs, B³ and clicks, counted by hand."""

from __future__ import annotations

import pytest

from lookout.faces.metrics.clustering import judge_sorting


def test_a_perfect_sorting() -> None:
    sorting = judge_sorting([7, 7, 3], ["ada", "ada", "bob"])
    assert (sorting.faces, sorting.people, sorting.clusters) == (3, 2, 2)
    assert sorting.pairs.f == sorting.b3.f == 1.0
    assert sorting.clicks == 2
    assert sorting.work_saved == pytest.approx(1 / 3)


def test_a_wrong_face_and_a_person_in_two_clusters() -> None:
    # ada ada bob | ada | bob: three pairs share a cluster, one of one person; of one person are
    # three pairs of ada's and one of bob's
    sorting = judge_sorting([0, 0, 0, 1, 2], ["ada", "ada", "bob", "ada", "bob"])
    assert sorting.pairs.precision == pytest.approx(1 / 3)
    assert sorting.pairs.recall == pytest.approx(1 / 4)
    # of the faces around each: 2/3, 2/3, 1/3, 1, 1; of each one's person: 2/3, 2/3, 1/2, 1/3, 1/2
    assert sorting.b3.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert sorting.b3.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 2 + 1 / 3 + 1 / 2) / 5)
    # three clusters get a name, and bob is moved out of the first
    assert sorting.clicks == 4


def test_everybody_alone_is_precise_and_recalls_nothing_of_pairs() -> None:
    sorting = judge_sorting([0, 1], ["ada", "ada"])
    assert (sorting.pairs.precision, sorting.pairs.recall, sorting.pairs.f) == (1.0, 0.0, 0.0)
    assert sorting.b3.recall == 0.5
    assert sorting.work_saved == 0.0


def test_no_faces_are_no_work() -> None:
    assert judge_sorting([], []).clicks == 0


def test_faces_without_a_person_are_refused() -> None:
    with pytest.raises(ValueError, match="2 faces have a cluster, but 1 a person"):
        judge_sorting([0, 1], ["ada"])
