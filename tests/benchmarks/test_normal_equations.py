"""Maps between domains, learnt from sums, against pairs whose map is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.support.normal_equations import NormalEquations, masked_sum

TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])
CORNERS = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.25, -1.0]])


def test_a_map_that_there_is_is_found_and_a_strong_ridge_leaves_things_as_they_are() -> None:
    equations = NormalEquations.of(CORNERS, CORNERS @ TURN)
    np.testing.assert_allclose(equations.ridge(0.0), TURN, atol=1e-12)
    np.testing.assert_allclose(equations.ridge(1e6), np.eye(2), atol=1e-5)


def test_the_shift_is_what_lies_between_the_means() -> None:
    equations = NormalEquations.of(CORNERS, CORNERS + np.array([0.5, -0.25]))
    np.testing.assert_allclose(equations.shift(), [0.5, -0.25], atol=1e-12)


def test_sites_have_under_masks_the_sum_that_they_have_in_one_place() -> None:
    sites = [NormalEquations.of(part, part @ TURN) for part in np.array_split(CORNERS, 3)]
    together, sent = masked_sum(sites)
    whole = NormalEquations.of(CORNERS, CORNERS @ TURN)
    np.testing.assert_allclose(together.numbers(), whole.numbers(), atol=3e-6)
    assert together.pairs == 4
    # half of a 2 × 2 matrix with its diagonal, a whole one, two means, and the number of pairs
    assert sent == 4 * (3 + 4 + 2 + 2 + 1)


def test_more_pairs_than_fit_the_sum_are_refused() -> None:
    many = NormalEquations.of(np.ones((3000, 1)), np.ones((3000, 1)))
    with pytest.raises(ValueError, match="too many pairs"):
        masked_sum([many, many])
