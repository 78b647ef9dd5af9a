"""Histograms of chances: each person once, thresholds by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.server.federated.histogram import (
    BINS,
    EDGES,
    LARGEST_ALLOWED,
    LEAST_ALLOWED,
    SHAPE,
    UNIT,
    allowed_for,
    count,
    mixed,
    rising,
)


def test_each_person_adds_one_unit_however_many_photographs_there_are_of_them() -> None:
    chance = np.array([1e-6, 0.5, 0.5, np.inf])
    counts = count(chance, np.array([7, 7, 7, 9]), np.array([0, 0, 1, 3]))
    assert counts.shape == SHAPE[1:]
    assert counts[0, 0] == UNIT // 3  # a third of person 7, below the first edge
    assert counts[:2].sum() == UNIT
    assert counts[3, BINS - 1] == UNIT  # person 9 gets no name whatever is allowed


def test_a_chance_lies_below_the_edge_that_it_does_not_exceed() -> None:
    on_edge, above = count(
        np.array([EDGES[3], EDGES[3] * 1.01]), np.array([0, 1]), np.array([0, 0])
    )[0].nonzero()[0]
    assert (on_edge, above) == (3, 4)


def test_shares_rise_though_noise_has_made_a_bin_negative() -> None:
    counts = np.zeros(BINS)
    counts[[0, 1, 2, 31]] = 2.0, -1.0, 1.0, 8.0
    shares = rising(counts)
    # 0.2, 0.1, 0.2, … is pooled to 0.15, 0.15, 0.2
    np.testing.assert_allclose(shares[:3], [0.15, 0.15, 0.2])
    assert (np.diff(shares) >= 0).all()


def test_the_chance_allowed_lies_between_two_edges_where_the_share_is_met() -> None:
    shares = np.zeros(BINS - 1)
    shares[10:] = 0.02
    # from 0 to 2 % between edges 9 and 10: 1 % is half of the way on a logarithmic scale
    assert allowed_for(shares, 0.01) == pytest.approx(np.sqrt(EDGES[9] * EDGES[10]))


def test_the_chance_allowed_has_limits_at_both_ends() -> None:
    assert allowed_for(np.zeros(BINS - 1), 0.01) == LARGEST_ALLOWED
    assert allowed_for(np.full(BINS - 1, 0.5), 0.01) == LEAST_ALLOWED


def test_a_site_of_dark_pictures_goes_by_the_strangers_of_dark_pictures() -> None:
    counts = np.zeros(SHAPE[1:])
    counts[0, 20] = 100 * UNIT  # clear: every stranger in bin 20
    counts[1, 10] = 50 * UNIT  # dark: every stranger nearer, in bin 10
    dark = mixed(counts, np.array([0.0, 5.0, 0.0, 0.0]))
    assert dark[9] == 0
    assert dark[10] == 1
    half = mixed(counts, np.array([3.0, 3.0, 0.0, 0.0]))
    assert half[10] == pytest.approx(0.5)


def test_a_band_of_a_few_strangers_is_judged_by_all_of_them() -> None:
    counts = np.zeros(SHAPE[1:])
    counts[0, 20] = 90 * UNIT
    counts[1, 10] = 10 * UNIT
    assert mixed(counts, np.array([0.0, 1.0, 0.0, 0.0]))[10] == pytest.approx(0.1)
