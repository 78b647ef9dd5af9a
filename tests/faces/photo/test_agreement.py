"""Photographs that repeat, contradict or add little, on points in the plane worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.photo.agreement import (
    HANDFUL,
    against_newcomer,
    disagreements,
    most_redundant,
    near_duplicates,
)

TOLERANCE = 1.0  # so that near-duplicates are nearer than 0.2, and 1.1 is like nobody


def gallery(*rows: tuple[str, float, float], quality: Sequence[float] = ()) -> Gallery:
    names = tuple(name for name, _, _ in rows)
    points = np.array([(x, y) for _, x, y in rows], np.float32).reshape(-1, 2)
    samples = tuple(Sample(f"{i}.jpg", quality=q) for i, q in enumerate(quality))
    return Gallery(points, names, "toy", samples)


ANN_AND_BOB = (("Ann", 0, 0), ("Ann", 0.5, 0), ("Ann", 0, 0.5), ("Bob", 3, 0), ("Bob", 3, 0.5))


def test_people_who_agree_with_themselves_are_left_alone() -> None:
    assert disagreements(gallery(*ANN_AND_BOB), TOLERANCE) == ()


def test_a_photograph_in_the_wrong_folder_is_told_with_both_distances() -> None:
    wrong = gallery(*ANN_AND_BOB, ("Ann", 3, 1))
    (one,) = disagreements(wrong, TOLERANCE)
    assert (one.row, one.other) == (5, "Bob")
    assert one.distance == pytest.approx(0.5)  # the nearer of Bob's two
    assert one.own == pytest.approx((np.hypot(3, 0.5) + np.hypot(2.5, 1)) / 2)
    assert one.reason("Ann").code == "looks_like_other"
    assert "looks like Bob: 0.50" in one.reason("Ann").message


def test_a_stranger_among_three_is_told_even_if_nobody_else_is_known() -> None:
    alone = gallery(("Ann", 0, 0), ("Ann", 0.5, 0), ("Ann", 0, 5))
    (one,) = disagreements(alone, TOLERANCE)
    assert (one.row, one.other) == (2, None)
    assert "does not look like the other photographs of Ann: 5.00" in one.reason("Ann").message


def test_of_two_that_disagree_nobody_can_tell_which_is_wrong() -> None:
    assert disagreements(gallery(("Ann", 0, 0), ("Ann", 5, 0)), TOLERANCE) == ()


def test_a_wrong_photograph_taken_out_clears_the_right_one_that_it_made_suspect() -> None:
    # Ann's two are 3 apart, so that each is nearer to Bob; only the one beside Bob is refused
    both = gallery(("Ann", 0, 0), ("Ann", 3, 0), ("Bob", 2.9, 0), ("Bob", 2.8, 0))
    assert [one.row for one in disagreements(both, TOLERANCE)] == [1]


def test_the_better_of_two_near_duplicates_is_kept() -> None:
    twice = gallery(("Ann", 0, 0), ("Ann", 0.1, 0), ("Ann", 1, 0), quality=(0.3, 0.9, 0.5))
    (twins,) = near_duplicates(twice, TOLERANCE)
    assert twins is not None
    assert (twins.row, twins.like) == (0, 1)
    assert twins.distance == pytest.approx(0.1, abs=1e-3)


def test_the_same_face_under_two_names_is_no_duplicate() -> None:
    assert near_duplicates(gallery(("Ann", 0, 0), ("Bob", 0.1, 0)), TOLERANCE) == ()


@pytest.mark.parametrize(
    ("point", "codes"),
    [
        pytest.param((0.4, 0.4), [], id="another view of Ann"),
        pytest.param((0.1, 0), ["duplicate"], id="almost the same photograph"),
        pytest.param((2.5, 0), ["looks_like_other"], id="Bob"),
    ],
)
def test_a_new_photograph_of_ann_is_held_against_everybody(
    point: tuple[float, float], codes: list[str]
) -> None:
    reasons = against_newcomer("Ann", np.array(point, np.float32), gallery(*ANN_AND_BOB), TOLERANCE)
    assert [reason.code for reason in reasons] == codes


def test_a_new_name_for_somebody_who_is_known_is_told() -> None:
    known = gallery(*ANN_AND_BOB)
    near, far = np.array([3, 0.2], np.float32), np.array([1.5, 3], np.float32)
    assert [r.code for r in against_newcomer("Eve", near, known, TOLERANCE)] == ["looks_like_other"]
    assert against_newcomer("Eve", far, known, TOLERANCE) == ()
    assert against_newcomer("Eve", far, Gallery.empty("toy", 2), TOLERANCE) == ()


def test_beyond_a_handful_the_poorer_of_the_two_most_alike_is_named() -> None:
    rows = [("Ann", float(i), 0) for i in range(HANDFUL)]
    assert most_redundant(gallery(*rows), "Ann") is None
    more = gallery(*rows, ("Ann", 4.3, 0), quality=[0.5] * HANDFUL + [0.1])
    twins = most_redundant(more, "Ann")
    assert twins is not None
    assert (twins.row, twins.like) == (HANDFUL, 4)
