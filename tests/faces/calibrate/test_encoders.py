"""The strangers of an encoder that a user added: measured by hand, kept, and used by the rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.calibrate import encoders
from lookout.faces.decision.measured_strangers import (
    MeasuredStrangers,
    file_of,
    load_measured,
    measure_strangers,
    save_measured,
)
from lookout.faces.decision.stranger_model import STRANGERS, stranger_model
from lookout.faces.errors import GalleryDamaged


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "lookout"


def test_directions_that_have_nothing_in_common_are_as_far_apart_as_they_should_be() -> None:
    """Of two random unit vectors of 128 numbers the squared distance is 2 with a standard deviation
    of 2 / √128; its lower tail is normal."""
    points = np.random.default_rng(0).normal(size=(400, 128))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    measured = measure_strangers("mine", points)
    assert (measured.people, measured.pairs) == (400, 400 * 399 // 2)
    assert measured.mean == pytest.approx(2.0, abs=0.02)
    assert measured.spread == pytest.approx(2 / np.sqrt(128), rel=0.05)


def test_what_was_measured_takes_the_place_of_borrowed_numbers(config: Path) -> None:
    borrowed = stranger_model("mine", 1.2)
    assert borrowed == STRANGERS["dlib-128"].scaled(2.0)
    save_measured(MeasuredStrangers("mine", 1.9, 0.2, 400, 79_800), file_of("mine"))
    own = stranger_model("mine", 1.2)
    assert (own.mean, own.spread) == (1.9, 0.2)
    # a face may be farther away and have a name: the encoder keeps strangers apart
    assert own.score_at(0.005, 50) > borrowed.score_at(0.005, 50)


def test_what_ships_is_not_replaced() -> None:
    save_measured(MeasuredStrangers("reid-0095", 9.0, 0.2, 400, 79_800), file_of("reid-0095"))
    assert stranger_model("reid-0095", 1.07) is STRANGERS["reid-0095"]


@pytest.mark.parametrize("content", ["", "[]", '{"encoder": "mine", "mean": 1}', "{" * 200])
def test_a_file_that_is_damaged_is_reported_and_the_numbers_are_borrowed(
    content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = file_of("mine")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(GalleryDamaged, match="lookout encoders measure mine"):
        load_measured(path, "mine")
    assert stranger_model("mine", 0.6) == STRANGERS["dlib-128"].scaled(1.0)
    assert "is not used" in caplog.text


@pytest.mark.data
def test_people_are_measured_by_one_photograph_each(
    data: Path,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    monkeypatch.setattr(encoders, "has_own_numbers", lambda name: False)
    arguments = ["measure", "reid-0095", "--detector", "yunet", "--images"]
    folders = sorted(folder for folder in (data / "lfw" / "images").iterdir())[:40]
    few, enough = tmp_path / "few", tmp_path / "enough"
    for people, count in ((few, 10), (enough, 40)):
        people.mkdir()
        for folder in folders[:count]:
            (people / folder.name).symlink_to(folder)
    assert encoders.main([*arguments, str(few)]) == 1
    assert "people are too few; at least 30 are needed" in capsys.readouterr().err
    assert encoders.main([*arguments, str(enough)]) == 0
    said = capsys.readouterr().out
    assert "TOO FEW PEOPLE for a figure to rely on" in said
    measured = load_measured(file_of("reid-0095"), "reid-0095")
    assert measured is not None
    assert 30 <= measured.people <= 40
    # the numbers that ship, of 599 people, are 2.087 and 0.251
    assert measured.mean == pytest.approx(2.087, abs=0.15)
    assert measured.spread == pytest.approx(0.251, abs=0.08)


@pytest.mark.data
def test_numbers_that_ship_are_not_measured_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert encoders.main(["measure", "dlib-128", "--images", "/nowhere"]) == 1
    assert "they stay in use" in capsys.readouterr().err
