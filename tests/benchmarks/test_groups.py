"""Leaving everybody of a group out: the counts by hand, and the actors' portraits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import groups
from benchmarks.support import encodings
from benchmarks.support.trials import Faces
from lookout.faces.decision.rule import Rule


def test_each_person_is_once_a_stranger_to_the_others() -> None:
    places = [("ada", 0.0), ("ada", 0.1), ("bob", 5.0), ("bob", 5.1), ("kim", 0.05), ("kim", 9.0)]
    faces = Faces(
        tuple(np.array([x, 0], np.float32) for _, x in places), tuple(n for n, _ in places)
    )
    original = Rule.for_encoder("dlib-128", 0.6, original=True)
    result = groups.leave_one_out(faces, "dlib-128", original)
    # five enrolments of which three take everybody's first photograph and two the second. Left out,
    # ada is called kim with both photographs where kim's first is enrolled; kim is called ada with
    # her first in all five; bob is nobody
    assert (result.strangers.hits, result.strangers.trials) == (3 * 2 + 5, 5 * 6)
    assert (result.people.hits, result.people.trials) == (2, 3)


@pytest.mark.data
def test_the_actors_are_not_called_by_one_anothers_names(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encodings, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    file = tmp_path / "groups.json"
    arguments = ["--group", "actors", "--encoder", "sface", "--json", str(file)]
    assert groups.main(arguments) == 0
    (figures,) = json.loads(file.read_text())["results"]
    assert figures["people"] == 8
    assert figures["strangers_named"]["of"] == 200
    assert figures["strangers_named"]["share"] == 0.0
    assert figures["own_name"]["share"] >= 0.9
