"""The open-set benchmarks: one trial by hand, and both commands on the photographs of actors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import not_x, openset, smaller_galleries
from benchmarks.support import encodings
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.metrics.share import Share


def test_a_trial_is_the_decision_itself() -> None:
    gallery = Gallery(np.array([[0.0, 0], [1, 0]], np.float32), ("ada", "bob"), "dlib-128")
    probes = Faces(
        (np.array([0.1, 0], np.float32), np.array([0.5, 0], np.float32), None),
        ("ada", "eve", "bob"),
    )
    trials = run_trials(gallery, probes, Rule())
    assert trials.mated.tolist() == [True, False, True]
    assert trials.right.tolist() == [True, False, False]
    # the second is as near to ada as to bob, the third was not found
    assert trials.chances[0] < 0.01
    assert trials.chances[1:].tolist() == [np.inf, np.inf]
    before = run_trials(gallery, probes, Rule.for_encoder("dlib-128", 0.6, original=True))
    assert before.named(1.0) == Share(1, 1)


@pytest.fixture
def protocol(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> Path:
    """Eight actors with five portraits; of five the first portrait is enrolled."""
    monkeypatch.setattr(encodings, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    folders = [f for f in sorted((data / "bbt").iterdir()) if f.name != "groups" and f.is_dir()]
    rows = ["path,identity,role"]
    for number, folder in enumerate(folders):
        for index, picture in enumerate(sorted(folder.glob("*.png"))):
            role = "gallery" if index == 0 and number < 5 else "probe"
            rows.append(f"{folder.name}/{picture.name},{folder.name},{role}")
    assert len(rows) == 41
    file = tmp_path / "protocol.csv"
    file.write_text("\n".join(rows))
    return file


@pytest.mark.slow
@pytest.mark.data
def test_openset_holds_the_new_decision_beside_the_rule_before(
    protocol: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, plot = tmp_path / "o.json", tmp_path / "o.png"
    arguments = ["--images", str(data / "bbt"), "--protocol", str(protocol)]
    arguments += ["--degrade", "none", "--encoder", "dlib-128+reid-0095", "--sizes"]
    monkeypatch.setattr(smaller_galleries, "TRIALS_A_SIZE", 200)
    assert openset.main([*arguments, "--json", str(file), "--plot", str(plot)]) == 0
    written = json.loads(file.read_text())
    (figures,) = written["results"]
    assert figures["people"] == 5
    assert (figures["default_fpir"]["of"], figures["default_dir"]["of"]) == (15, 20)
    assert figures["default_fpir"]["share"] == 0.0
    assert figures["default_confused"]["share"] == 0.0
    assert figures["default_dir"]["share"] >= 0.75
    assert plot.read_bytes().startswith(b"\x89PNG")
    said = capsys.readouterr().out
    assert "before: FPIR %" in said
    assert "The default named at most 1 % of the strangers in each of 3 rows." in said
    few = [(row["people"], row["photographs"]) for row in written["sizes"]]
    assert few == [(2, 1), (2, 2)]
    assert all(row["default_fpir"]["of"] >= 100 for row in written["sizes"])


def test_a_row_in_which_too_many_strangers_are_named_is_told() -> None:
    def row(share: float, low: float) -> dict[str, object]:
        fpir = {"share": share, "low": low, "text": f"{share} [{low}]"}
        return {"degrade": "dark", "encoder": "e", "people": 7, "default_fpir": fpir}

    said = openset.promise([row(0.01, 0.002), row(0.012, 0.005), row(0.03, 0.02)])
    assert said.splitlines() == [
        "The default named more than 1 % of the strangers in 2 of 3 rows:",
        "  dark, e, 7 people: 0.012 [0.005]",
        "  dark, e, 7 people: 0.03 [0.02], surely",
    ]


def test_a_rejected_stranger_is_left_alone_and_the_person_keeps_their_name() -> None:
    # by the checksum of their names ada and bob are enrolled, joe is a stranger
    people = {
        "ada": [at(0.0), at(0.05)],
        "bob": [at(5.0), at(5.1)],
        "joe": [at(0.4), at(0.45), at(0.02)],
    }
    original = Rule.for_encoder("dlib-128", 0.6, original=True)
    figures = not_x.measure(people, "dlib-128", original)
    assert (figures["strangers"], figures["named"]) == (1, 1)
    # of his other two photographs the one that lies with ada's own is still ada's
    assert (figures["named before"], figures["named after"]) == (2, 1)
    assert (figures["own"], figures["right before"], figures["right after"]) == (1, 1, 1)


def at(x: float) -> Floats:
    return np.array([x, 0.0], np.float32)
