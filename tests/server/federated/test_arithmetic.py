"""Masks, noise, groups, the domain map: numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from lookout.server.federated.aggregate import Aggregation, combined, groups_of, is_plausible
from lookout.server.federated.domain_map import domain_map, mapped
from lookout.server.federated.errors import BadRoundMessage
from lookout.server.federated.histogram import BINS, SHAPE, UNIT, Counts, rising
from lookout.server.federated.masks import agreed, masked, opened
from lookout.server.federated.privacy import largest_advantage, noise_share, spread_of

SITES = ("a", "b", "c")


def _seeds(purpose: str) -> dict[str, dict[str, bytes]]:
    keys = {site: X25519PrivateKey.generate() for site in SITES}
    public = {site: key.public_key().public_bytes_raw() for site, key in keys.items()}
    return {
        site: {
            other: agreed(keys[site], public[other], purpose) for other in SITES if other != site
        }
        for site in SITES
    }


def test_masks_cancel_in_the_sum_of_all_and_hide_each_part() -> None:
    seeds = _seeds("round 1")
    counts = {"a": np.array([1, 0, 5]), "b": np.array([2, 2, -9]), "c": np.array([0, 7, 1])}
    sent = {site: masked(counts[site], site, seeds[site]) for site in SITES}
    assert opened([sent[site] for site in SITES]).tolist() == [3, 9, -3]
    for site in SITES:
        assert (sent[site] != counts[site].astype(np.uint32)).all()


def test_without_one_of_them_the_sum_stays_masked() -> None:
    seeds = _seeds("round 1")
    ones = np.ones(64, np.int64)
    left = [masked(ones, site, seeds[site]) for site in ("a", "b")]
    assert (opened(left) != 2).all()


def test_the_two_sites_of_a_pair_agree_and_another_purpose_gives_another_key() -> None:
    first, second = _seeds("round 1"), X25519PrivateKey.generate()
    assert first["a"]["b"] == first["b"]["a"] != first["a"]["c"]
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    assert agreed(second, public, "one") != agreed(second, public, "two")


def test_what_is_no_key_is_said_to_be_none() -> None:
    with pytest.raises(BadRoundMessage, match="is none"):
        agreed(X25519PrivateKey.generate(), bytes(32), "round")


def test_the_noise_of_all_sharers_is_the_noise_of_one_and_averages_nothing() -> None:
    random = np.random.default_rng(1)
    shares = [noise_share((40_000,), 1.0, 5, random) for _ in range(5)]
    whole = np.sum(shares, axis=0) / UNIT
    # two-sided geometric noise of ε = 1 has the spread √2 people, within 3 % in 40,000 draws
    assert spread_of(1.0) == pytest.approx(np.sqrt(2), rel=1e-3)
    assert whole.std() == pytest.approx(np.sqrt(2), rel=0.03)
    assert abs(whole.mean()) < 0.03
    assert shares[0].std() / UNIT == pytest.approx(np.sqrt(2 / 5), rel=0.05)


def test_an_epsilon_of_nothing_is_refused() -> None:
    for epsilon in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="above 0"):
            noise_share((3,), epsilon, 2, np.random.default_rng(0))


def test_what_anybody_can_learn_of_a_person_is_bounded_by_epsilon() -> None:
    assert largest_advantage(1.0) == pytest.approx((np.e - 1) / (np.e + 1))


def _sum(people: int, place: int) -> Counts:
    """All strangers, and nobody else, in one bin of clear pictures."""
    counts = np.zeros(SHAPE, np.int64)
    counts[0, 0, place] = people * UNIT
    return counts


def test_a_sum_weighs_people_and_a_median_weighs_groups() -> None:
    sums = [_sum(10, 5), _sum(10, 6), _sum(1000, 20)]
    by_people = rising(combined(sums, Aggregation.SUM)[0, 0])
    assert by_people[5] == pytest.approx(10 / 1020)
    assert by_people[6] == pytest.approx(20 / 1020)
    by_groups = combined(sums, Aggregation.MEDIAN)[0, 0]
    # the curves at bin 5: 1, 0, 0; at bin 6: 1, 1, 0: the median steps from 0 to 1 there
    np.testing.assert_allclose(rising(by_groups)[[5, 6]], [0, 1])
    assert by_groups.sum() == pytest.approx(30 * UNIT)  # the median group's people, three times


def test_a_trimmed_mean_leaves_out_the_extremes() -> None:
    sums = [_sum(10, 2), _sum(10, 6), _sum(10, 6), _sum(10, 30)]
    shares = rising(combined(sums, Aggregation.TRIMMED)[0, 0])
    np.testing.assert_allclose(shares[[5, 6]], [0, 1])


def test_two_groups_have_no_median() -> None:
    with pytest.raises(ValueError, match="3 groups or more"):
        combined([_sum(1, 1), _sum(1, 1)], Aggregation.MEDIAN)


def test_groups_have_their_size_and_everybody_is_in_one() -> None:
    groups = groups_of([f"s{i}" for i in range(8)], 3, np.random.default_rng(0))
    assert sorted(map(len, groups)) == [4, 4]
    assert sorted(site for group in groups for site in group) == [f"s{i}" for i in range(8)]
    assert groups_of(["x"], 3, np.random.default_rng(0)) == [["x"]]


def test_a_sum_that_cannot_be_one_of_counts_is_noticed() -> None:
    assert is_plausible(_sum(75, 3))
    assert not is_plausible(_sum(75, 3) - 2 * UNIT)
    assert is_plausible(_sum(75, 3) - 2 * UNIT, noise=1.0)
    assert not is_plausible(_sum(200_000, 3))


def test_a_map_learns_a_turn_and_stays_the_identity_where_nothing_was_seen() -> None:
    size, people = 4, 400
    enrolled = np.random.default_rng(3).normal(size=(people, size)).astype(np.float32)
    enrolled[:, 3] = 0  # nothing is ever seen of the last dimension
    probes = enrolled[:, [1, 0, 2, 3]]  # two dimensions have changed places
    weights = domain_map(probes, enrolled, ridge=1e-6)
    np.testing.assert_allclose(weights, np.eye(size)[[1, 0, 2, 3]], atol=1e-4)
    moved = mapped(probes, weights)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, rtol=1e-5)


def test_a_map_of_few_people_is_not_made_because_it_would_show_them() -> None:
    few = np.ones((3, 4), np.float32)
    with pytest.raises(ValueError, match="takes 4 people"):
        domain_map(few, few)


def test_bins_are_as_many_as_the_documentation_says() -> None:
    assert (BINS, SHAPE) == (32, (2, 4, 32))
