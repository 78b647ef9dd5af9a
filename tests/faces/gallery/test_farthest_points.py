"""Farthest-point sampling, on encodings along a line."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.gallery.farthest_points import farthest_points


def at(*places: float) -> NDArray[np.float32]:
    return np.array([[x, 0.0] for x in places], np.float32)


def test_the_medoid_comes_first_and_then_those_farthest_from_what_is_chosen() -> None:
    # all others together are 1.2 from 0.6, 1.3 from its neighbours
    few = farthest_points(at(0.0, 0.5, 0.6, 0.7, 1.0), 3, min_distance=0.1)
    assert few[:, 0].tolist() == pytest.approx([0.6, 0.0, 1.0])


def test_twelve_of_the_same_are_one() -> None:
    assert len(farthest_points(at(*[0.01 * i for i in range(12)]), 4, min_distance=0.12)) == 1
    assert len(farthest_points(at(*[0.5] * 12), 4, min_distance=0.0)) == 1


def test_no_encoding_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no encoding"):
        farthest_points(np.zeros((0, 2), np.float32), 4, min_distance=0.1)
