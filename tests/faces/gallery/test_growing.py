"""Galleries that grow: the same as if made anew, and without copying what was there."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.gallery.growing_rows import LEAST_SPARE, SPARE_SHARE, GrowingRows


def numbered(first: int, count: int = 1) -> Floats:
    """Rows of which no two are the same."""
    return np.arange(first, first + count, dtype=np.float32)[:, None] * np.ones(4, np.float32)


def place_of(rows: Floats) -> int:
    return int(rows.__array_interface__["data"][0])


@pytest.mark.parametrize("name", ["ada", "ben", "cleo", "aaron", "zoë"])
def test_a_gallery_that_grew_is_the_one_made_anew(name: str) -> None:
    grown = Gallery(numbered(0, 4), ("cleo", "ada", "cleo", "eve"), "toy")
    for number, (new, count) in enumerate([(name, 1), ("ben", 2), (name, 1), ("cleo", 1)]):
        samples = (Sample(file=f"{number}.jpg"),) * count
        grown = grown.added(new, numbered(10 * number + 10, count), samples)
    anew = Gallery(grown.encodings.copy(), grown.names, "toy", grown.samples)
    assert grown.encodings[:, 0].tolist() == [0, 1, 2, 3, 10, 20, 21, 30, 40]
    assert grown.samples[-1] == Sample(file="3.jpg")
    assert (grown.people, grown.counts) == (anew.people, anew.counts)
    assert grown.person.tolist() == anew.person.tolist()
    everybody = np.arange(len(anew.people))
    assert grown.rows_of(everybody).tolist() == anew.rows_of(everybody).tolist()
    probes = numbered(7, 3)
    distances = anew.distances(probes)
    assert grown.distances(probes).tolist() == distances.tolist()
    assert (grown.nearer_half_of_each(distances) == anew.nearer_half_of_each(distances)).all()
    assert (grown.mean_of_each(distances) == anew.mean_of_each(distances)).all()


def test_the_gallery_of_before_stays_as_it_was() -> None:
    before = Gallery(numbered(0, 2), ("ada", "ben"), "toy").added("cleo", numbered(2))
    one, other = before.added("dan", numbered(3)), before.added("eve", numbered(4))
    assert before.encodings[:, 0].tolist() == [0, 1, 2]
    assert one.encodings[:, 0].tolist() == [0, 1, 2, 3]
    assert other.encodings[:, 0].tolist() == [0, 1, 2, 4]
    assert (before.people, one.people[-1], other.people[-1]) == (
        ("ada", "ben", "cleo"),
        "dan",
        "eve",
    )


def test_one_more_of_many_copies_them_only_when_their_place_is_full() -> None:
    gallery = Gallery(numbered(0, 1000), tuple(f"person {i}" for i in range(1000)), "toy")
    every = []  # kept, so that no place is used again
    for number in range(500):
        gallery = gallery.added(f"newcomer {number}", numbered(1000 + number))
        every.append(gallery.encodings)
    # 1,000, 1,125, 1,265 and 1,423 rows, each with room for an eighth more
    assert len(set(map(place_of, every))) == 4
    assert gallery.encodings[:, 0].tolist() == list(range(1500))


def test_rows_move_where_there_is_no_room() -> None:
    rows = GrowingRows(numbered(0, LEAST_SPARE * SPARE_SHARE))
    full, all_of_them = rows.with_rows(128, numbered(128, LEAST_SPARE))
    assert full is rows
    moved, one_more = full.with_rows(144, numbered(144))
    assert moved is not rows
    assert (len(all_of_them), one_more[:, 0].tolist()) == (144, list(range(145)))


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("x", np.full((1, 4), np.nan, np.float32), "encoding 0 .of 'x'. has a value"),
        (" ", numbered(1), "a name has 1 to 200 characters"),
        ("x", np.zeros((1, 3), np.float32), "the new encodings have 3 numbers, the gallery's 4"),
    ],
)
def test_what_a_gallery_cannot_be_made_of_is_not_added(
    name: str, rows: Floats, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Gallery(numbered(0, 2), ("ada", "ben"), "toy").added(name, rows)
