"""A diverse handful of photographs of a person, on points in the plane worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.photo.agreement import HANDFUL
from lookout.server.enrolment.redundancy import redundancy_advice

PLACES = [(float(i), 0.0) for i in range(HANDFUL)]  # a photograph at every whole number


def ann(places: Sequence[Sequence[float]] = PLACES, quality: float = 0.5) -> Gallery:
    samples = tuple(Sample(f"{i}.jpg", quality=quality) for i in range(len(places)))
    return Gallery(np.array(places, np.float32), ("Ann",) * len(places), "toy", samples)


def at(x: float, y: float) -> NDArray[np.float32]:
    return np.array([x, y], np.float32)


def test_one_more_than_a_handful_that_is_like_one_there_is_enough() -> None:
    found = redundancy_advice("Ann", at(3.0, 0.4), 0.4, ann())
    assert found.reason is not None
    assert found.reason.code == "enough"
    assert "10 photographs of Ann" in found.reason.message
    assert "most like 3.jpg (0.40)" in found.reason.message
    assert found.advice == ""


def test_a_new_view_is_welcome_and_the_old_one_that_adds_least_is_named() -> None:
    places = [*PLACES[:-1], (0.0, 0.5)]  # 9.jpg lies beside 0.jpg
    found = redundancy_advice("Ann", at(5.0, 5.0), 0.5, ann(places))
    assert found.reason is None
    assert "now 11 photographs of Ann" in found.advice
    assert "0.jpg adds least, beside 9.jpg" in found.advice


def test_a_better_photograph_like_an_old_one_is_welcome_in_its_place() -> None:
    found = redundancy_advice("Ann", at(3.0, 0.4), 0.9, ann())
    assert found.reason is None
    assert "3.jpg adds least, beside this one" in found.advice


@pytest.mark.parametrize("places", [[], PLACES[:-1]], ids=["none", "nine"])
def test_up_to_a_handful_nothing_is_said(places: Sequence[Sequence[float]]) -> None:
    known = ann(places) if places else Gallery.empty("toy", 2)
    found = redundancy_advice("Ann", at(3.0, 0.4), 0.5, known)
    assert (found.reason, found.advice) == (None, "")


def test_the_photographs_of_others_do_not_count() -> None:
    bob = ann().added("Bob", np.array([(3.0, 0.1)], np.float32))
    assert redundancy_advice("Bob", at(3.0, 0.4), 0.5, bob).reason is None
