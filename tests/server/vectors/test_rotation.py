"""A turned space keeps every distance, is the same on every machine, and no other key's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.server.storage.sqlite.store import open_store
from lookout.server.vectors.rotation import Rotation
from lookout.server.vectors.space import left_behind, settle_in, space_of


def test_distances_stay_and_the_vectors_do_not() -> None:
    vectors = np.random.default_rng(2).standard_normal((50, 128)).astype(np.float32)
    turned = Rotation(b"key", 128)(vectors)
    before = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    after = np.linalg.norm(turned[:, None] - turned[None], axis=2)
    np.testing.assert_allclose(after, before, atol=1e-4)
    assert np.linalg.norm(turned - vectors, axis=1).min() > 5.0


def test_the_same_key_turns_alike_and_another_does_not() -> None:
    ones = np.ones((1, 4), np.float32)
    np.testing.assert_array_equal(Rotation(b"key", 4)(ones), Rotation(b"key", 4)(ones))
    assert np.abs(Rotation(b"key", 4)(ones) - Rotation(b"yek", 4)(ones)).max() > 0.1
    # written down once: another version of numpy must not turn otherwise
    assert Rotation(b"key", 2)(np.eye(2, dtype=np.float32)).ravel() == pytest.approx(
        GOLDEN, abs=1e-6
    )


GOLDEN = [0.997018, 0.077172, 0.077172, -0.997018]
"""By Gram and Schmidt in plain Python."""


def test_a_store_has_one_secret_and_remembers_where_vectors_were_left(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        clear, _ = space_of(store.settings, "dlib-128+reid-0095", 24, rotated=False)
        assert clear.collection.startswith("lookout_dlib_128_reid_0095_")
        assert left_behind(store.settings, clear) is None
        settle_in(store.settings, clear)
        assert left_behind(store.settings, clear) is None
        turned, turn = space_of(store.settings, "dlib-128+reid-0095", 24, rotated=True)
        assert left_behind(store.settings, turned) == clear
        _, again = space_of(store.settings, "dlib-128+reid-0095", 24, rotated=True)
        probe = np.ones((1, 24), np.float32)
        np.testing.assert_array_equal(turn(probe), again(probe))
    with open_store(tmp_path / "other", {}) as store:
        other, _ = space_of(store.settings, "dlib-128+reid-0095", 24, rotated=True)
        assert other.collection != turned.collection
