"""Trials in arrays are the trials of the decision itself."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.support.trials import Faces, run_trials, run_trials_at_once
from lookout.faces.decision.rule import Rule


def _faces(random: np.random.Generator, people: int, spread: float) -> Faces:
    """Two pictures each, as far apart as dlib's encodings are; one where no face was found."""
    middles = random.normal(size=(people, 128)) * 0.055
    rows = np.repeat(middles, 2, axis=0) + random.normal(size=(2 * people, 128)) * spread
    encodings = [row.astype(np.float32) for row in rows]
    return Faces((None, *encodings[1:]), tuple(f"p{i // 2}" for i in range(2 * people)))


@pytest.mark.parametrize(("encoder", "scale"), [("dlib-128", 1.0), ("sface", 1.9)])
def test_trials_at_once_are_those_of_the_decision(encoder: str, scale: float) -> None:
    both = _faces(np.random.default_rng(5), 60, 0.025)
    scaled = Faces(tuple(None if e is None else e * scale for e in both.encodings), both.names)
    enrolled = [i % 2 == 1 and i < 80 for i in range(len(scaled))]
    gallery = scaled.where(enrolled).as_gallery(encoder)
    probes = scaled.where([not one for one in enrolled])
    rule = Rule.for_encoder(encoder, 0.6 * scale)
    one, all_at_once = run_trials(gallery, probes, rule), run_trials_at_once(gallery, probes, rule)
    assert np.isfinite(one.chances).sum() > 10
    np.testing.assert_allclose(all_at_once.chances, one.chances, rtol=1e-3)
    np.testing.assert_array_equal(all_at_once.right, one.right)
    np.testing.assert_array_equal(all_at_once.mated, one.mated)
