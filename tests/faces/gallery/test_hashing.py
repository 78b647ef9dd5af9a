"""Hash codes worked out by hand, and a gallery on a circle compared by them."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.hashing import Hasher, HashMethod, hamming, learn_hasher
from lookout.faces.gallery.match import MatchMode, with_matcher

POINTS = 1200


@pytest.fixture(scope="module")
def circle() -> Gallery:
    """A person at every 0.3 degrees of a circle of radius 1 about (0.2, 0)."""
    angle = 2 * np.pi * np.arange(POINTS) / POINTS
    points = np.stack([0.2 + np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    return Gallery(points, tuple(f"at {i}" for i in range(POINTS)), "toy")


def test_a_code_has_a_bit_for_each_number_above_its_threshold() -> None:
    hasher = Hasher(np.eye(64, dtype=np.float32), np.zeros(64, np.float32))
    encodings = np.full((2, 64), -1, np.float32)
    encodings[0, [0, 3]] = 1
    encodings[1, 63] = 0.5
    assert hasher.codes(encodings).tolist() == [[0b1001, 1 << 63]]


def test_the_hamming_distance_counts_over_all_words() -> None:
    codes = np.array([[0b1011, 0], [0b1, 0]], np.uint64)
    probe = np.array([0b0010, 0b1], np.uint64)
    assert hamming(codes, probe).tolist() == [2, 2]


def test_bits_are_a_multiple_of_64() -> None:
    with pytest.raises(ValueError, match="multiple of 64 bits"):
        Hasher(np.eye(10, dtype=np.float32), np.zeros(10, np.float32))


@pytest.mark.parametrize("method", HashMethod)
def test_the_same_gallery_always_gets_the_same_bits(circle: Gallery, method: HashMethod) -> None:
    one, two = (learn_hasher(circle.encodings, 128, method) for _ in range(2))
    assert one.bits == 128
    assert np.array_equal(one.projection, two.projection)
    assert np.array_equal(one.threshold, two.threshold)


def test_median_splits_the_gallery_in_halves(circle: Gallery) -> None:
    codes = learn_hasher(circle.encodings, 64, HashMethod.MEDIAN).codes(circle.encodings)
    for bit in range(64):
        share = np.mean((codes[0] >> np.uint64(bit)) & np.uint64(1))
        assert share == pytest.approx(0.5, abs=0.01)


def test_reranking_gives_exact_distances_to_the_nearest(circle: Gallery) -> None:
    hashed = with_matcher(circle, MatchMode.HASH_RERANK)
    probe = np.array([[0.2 + np.cos(1.0), np.sin(1.0)]], np.float32)
    exact, reranked = circle.distances(probe)[0], hashed.distances(probe)[0]
    nearest = np.argsort(exact)[:20]
    assert reranked[nearest] == pytest.approx(exact[nearest], abs=1e-3)
    assert reranked.argmin() == exact.argmin() == 191  # 1 radian is 57.3 degrees, 190.99 steps


def test_codes_alone_estimate_the_distance(circle: Gallery) -> None:
    hashed = with_matcher(circle, MatchMode.HASH)
    exact, estimated = (
        circle.distances(circle.encodings[:50]),
        hashed.distances(circle.encodings[:50]),
    )
    assert estimated.shape == exact.shape
    assert np.corrcoef(exact.ravel(), estimated.ravel())[0, 1] > 0.95


def test_a_small_gallery_is_compared_exactly_whatever_was_asked(circle: Gallery) -> None:
    few = circle.take(np.arange(30))
    assert with_matcher(few, MatchMode.HASH) is few
    assert with_matcher(circle, MatchMode.EXACT) is circle


def test_what_is_added_to_a_hashed_gallery_is_found(circle: Gallery) -> None:
    hashed = with_matcher(circle, MatchMode.HASH)
    new = np.array([[9.0, 9.0]], np.float32)
    assert hashed.added("far away", new).distances(new)[0].argmin() == POINTS
