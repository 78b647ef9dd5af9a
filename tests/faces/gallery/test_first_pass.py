"""The first pass over very many encodings, against every one of them compared."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.faces.gallery import first_pass
from lookout.faces.gallery.first_pass import FirstPass

pytest.importorskip("faiss", reason="needs the extra `search`")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_pass, "BLOCK", 64)
    monkeypatch.setattr(first_pass, "LEAST_OF_A_BLOCK", 1)


def directions(count: int, seed: int) -> Floats:
    """Points on a sphere of radius 1.4, as encodings lie."""
    drawn = np.random.default_rng(seed).standard_normal((count, 32), np.float32)
    return np.asarray(1.4 * drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def test_whoever_is_left_out_is_as_far_as_the_bound_says() -> None:
    encodings, probes = directions(300, seed=1), directions(20, seed=2)
    rows, beyond = FirstPass.of(encodings).nearest(probes, 40)
    assert len(rows) < 300
    others = np.delete(encodings, rows, axis=0)
    for probe, bound in zip(probes, beyond, strict=True):
        apart = np.linalg.norm(others - probe, axis=1).min()
        assert apart >= bound > apart - 0.2


def test_the_nearest_is_always_among_those_that_are_found() -> None:
    encodings, probes = directions(300, seed=3), directions(50, seed=4)
    for probe in probes:
        rows, _ = FirstPass.of(encodings).nearest(probe[None], 20)
        assert np.linalg.norm(encodings - probe, axis=1).argmin() in rows


def test_beyond_a_gallery_that_is_found_whole_there_is_nobody() -> None:
    rows, beyond = FirstPass.of(directions(40, seed=5)).nearest(directions(2, seed=6), 40)
    assert rows.tolist() == list(range(40))
    assert np.isinf(beyond).all()


def test_one_more_encoding_costs_one_block() -> None:
    encodings = directions(129, seed=7)
    before = FirstPass.of(encodings[:128])
    after = FirstPass.of(encodings, before)
    shared = [old.index is new.index for old, new in zip(before.blocks, after.blocks, strict=False)]
    assert shared == [True, True]
    assert len(after.blocks) == 3
    rows, _ = after.nearest(encodings[128:], 3)
    assert 128 in rows
