"""The gallery: what it accepts, and distances worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lookout.faces.gallery.gallery import Gallery


def gallery(rows: Sequence[Sequence[float]], names: Sequence[str]) -> Gallery:
    return Gallery(np.array(rows, np.float32), tuple(names), "toy")


def test_distances_are_those_of_a_3_4_5_triangle() -> None:
    g = gallery([[0, 0], [3, 4], [6, 8]], "aab")
    assert g.distances(np.zeros((1, 2), np.float32)) == pytest.approx(np.array([[0, 5, 10]]))
    assert g.distances(np.array([3, 4], np.float32)) == pytest.approx(np.array([5, 0, 5]))


def test_people_are_counted_and_sorted() -> None:
    g = gallery([[1, 0], [2, 0], [3, 0]], ["Zoë", "Ada", "Zoë"])
    assert g.people == ("Ada", "Zoë")
    assert g.counts == {"Ada": 1, "Zoë": 2}
    assert g.person.tolist() == [1, 0, 1]


def test_values_are_averaged_over_each_person_in_whatever_order_the_rows_are() -> None:
    g = gallery([[0, 0]] * 4, "abab")
    assert g.mean_of_each(np.array([[1.0, 10.0, 3.0, 20.0]])).tolist() == [[2.0, 15.0]]


@pytest.mark.parametrize(
    ("distances", "expected"),
    [
        ([0.3], 0.3),
        ([0.9, 0.3], 0.3),
        ([0.9, 0.3, 0.5], 0.4),
        ([0.9, 0.3, 0.5, 0.6], 0.4),
    ],
    ids=["one of one", "one of two", "two of three", "two of four"],
)
def test_the_nearer_half_leaves_out_the_odd_photographs(
    distances: list[float], expected: float
) -> None:
    g = gallery([[0, 0]] * len(distances), "a" * len(distances))
    assert g.nearer_half_of_each(np.array([distances], np.float32))[0, 0] == pytest.approx(expected)


def test_an_empty_gallery_is_an_ordinary_value() -> None:
    g = Gallery.empty("toy", 3)
    assert len(g) == 0
    assert g.people == ()
    assert g.distances(np.zeros((2, 3), np.float32)).shape == (2, 0)


def test_adding_somebody_leaves_the_old_gallery_alone() -> None:
    g = gallery([[0, 0]], "a")
    more = g.added("b", np.ones((2, 2), np.float32))
    assert (g.names, more.names) == (("a",), ("a", "b", "b"))


@pytest.mark.parametrize(
    ("rows", "names", "message"),
    [
        ([[0, 0]], ["a", "b"], "1 encodings but 2 names"),
        ([[0, np.nan]], ["a"], "encoding 0 .of 'a'. has a value that is not finite"),
        ([[0, np.inf]], ["a"], "not finite"),
        ([[0, 0]], [" "], "a name has 1 to 200 characters"),
        ([[0, 0]], ["x" * 201], "a name has 1 to 200 characters"),
        ([0, 0], ["a", "b"], "shape .M, D."),
    ],
)
def test_a_gallery_that_makes_no_sense_is_refused(
    rows: Sequence[Sequence[float]], names: Sequence[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        gallery(rows, names)


def test_probes_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match="probes have 3 numbers, the gallery's encodings 2"):
        gallery([[0, 0]], "a").distances(np.zeros((1, 3), np.float32))
