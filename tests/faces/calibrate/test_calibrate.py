"""Calibration: on people on a number line, and on frames of the test clip."""

from __future__ import annotations

import builtins
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookout.faces.calibrate import __main__ as command
from lookout.faces.calibrate.measure import NamingTrials, _allowed, measure
from lookout.faces.decision.calibration import (
    Calibration,
    LookAlikes,
    MeasuredRate,
    beside,
    load_calibration,
    save_calibration,
)
from lookout.faces.decision.decide import Probe, State, decide
from lookout.faces.decision.intra_person import left_out, own_limits
from lookout.faces.decision.rule import Rule
from lookout.faces.errors import EncoderMismatch, GalleryDamaged
from lookout.faces.gallery.encodings_file import save_gallery
from lookout.faces.gallery.gallery import Gallery

NOBODY = np.zeros((0, 2), np.float32)


def line(**people: Sequence[float]) -> Gallery:
    rows = [[x, 0.0] for places in people.values() for x in places]
    names = tuple(name for name, places in people.items() for _ in places)
    return Gallery(np.array(rows, np.float32), names, "dlib-128")


def test_a_photograph_left_out_is_as_far_as_the_nearer_half_of_the_others() -> None:
    distances = left_out(line(ada=[0.0, 0.1, 0.4], bob=[2.0]))
    # of two others the nearer one counts
    assert distances[:3] == pytest.approx([0.1, 0.1, 0.3], abs=1e-6)
    assert np.isnan(distances[3])


def test_a_persons_limit_comes_from_their_own_photographs_if_there_are_enough() -> None:
    limits = own_limits(line(ada=[0.0, 0.1, 0.4], bob=[2.0, 2.1]))
    assert limits[0] == pytest.approx(np.sqrt(3 * (0.01 + 0.01 + 0.09) / 3), abs=1e-6)
    assert limits[1] == np.inf


def test_with_few_people_the_default_stays_and_it_says_so() -> None:
    gallery = line(ada=[0.0, 0.2], bob=[1.0, 1.2])
    found = measure(gallery, NOBODY, Rule(), 0.01).calibration
    assert (found.allowed, found.by_default) == (0.005, True)
    assert (found.fpir.share, found.fpir.people) == (0.0, 2)
    assert (found.fnir.share, found.fnir.people) == (0.0, 2)
    assert found.look_alikes == ()


def test_a_look_alike_is_reported_and_limits_how_far_both_are_named() -> None:
    gallery = line(ada=[0.0, 0.1], bob=[0.4, 0.5], eve=[2.0])
    found = measure(gallery, NOBODY, Rule(), 0.01).calibration
    # ada's 0.1 is 0.3 from the nearer of bob's; own photographs differ by 0.1
    (pair,) = found.look_alikes
    assert pair == LookAlikes("ada", "bob", pair.distance, True)
    assert pair.distance == pytest.approx(0.3, abs=1e-3)
    assert found.limits == {
        "ada": pytest.approx(0.25, abs=1e-3),
        "bob": pytest.approx(0.25, abs=1e-3),
    }
    probe = [Probe(np.array([-0.3, 0.0], np.float32))]
    assert decide(probe, gallery).name == "ada"
    decision = decide(probe, gallery, found.applied(Rule()))
    assert decision.state is State.UNKNOWN
    assert decision.reasons == ("the distance is 0.30; 0.25 is needed for this person",)


def test_one_person_under_two_names_cannot_be_distinguished() -> None:
    found = measure(line(ada=[0.0, 0.3], adah=[0.05, 0.35]), NOBODY, Rule(), 0.01)
    assert not found.calibration.look_alikes[0].apart


def test_a_stranger_near_somebody_is_counted() -> None:
    stranger = np.array([[0.1, 0.0]], np.float32)
    found = measure(line(ada=[0.0], bob=[1.0]), stranger, Rule(), 0.01).calibration
    assert found.fpir.people == 3
    assert found.fpir.share == pytest.approx(1 / 3)
    assert found.allowed < 0.005  # even so few show that the default is too much here
    assert found.by_default


def test_the_chance_is_chosen_so_that_the_wanted_share_is_named() -> None:
    # 400 strangers with the chances 0.0001, 0.0002 … 0.04: 4 of them, 1 %, are up to 0.0004
    strangers = NamingTrials(np.arange(1, 401) / 10_000, np.arange(400))
    allowed, by_default = _allowed(strangers, default=0.01, target=0.01)
    assert not by_default
    assert 0.0004 <= allowed < 0.0005
    assert strangers.rate(allowed).share == pytest.approx(0.01)


def test_people_count_once_however_many_photographs_they_have() -> None:
    trials = NamingTrials(np.array([0.001, 0.5, 0.5, 0.5, 0.5]), np.array([0, 1, 1, 1, 1]))
    assert trials.rate(0.01).share == 0.5
    assert str(trials.rate(0.01)) == "50.0% (9.5% to 90.5%, 2 people)"


def test_one_person_is_no_gallery_to_measure() -> None:
    with pytest.raises(ValueError, match="fewer than two people"):
        measure(line(ada=[0.0, 0.1]), NOBODY, Rule(), 0.01)


@pytest.fixture
def calibration() -> Calibration:
    rate = MeasuredRate.of(0.01, 300)
    pair = (LookAlikes("ada", "bob", 0.3, True),)
    return Calibration("dlib-128", 0.01, 0.004, False, rate, rate, {"ada": 0.25}, pair)


def test_what_was_found_is_read_again(tmp_path: Path, calibration: Calibration) -> None:
    path = beside(tmp_path / "encodings.pkl")
    assert path.name == "encodings.calibration.json"
    assert load_calibration(path, "dlib-128") is None
    save_calibration(path, calibration)
    assert load_calibration(path, "dlib-128") == calibration
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(EncoderMismatch, match=r"lookout calibrate --encoder reid-0095"):
        load_calibration(path, "reid-0095")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"encoder": 1}', b"\xff\xfe", b"[" * 9000 + b"]" * 9000],
    ids=["empty", "list", "part", "bytes", "deep"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(GalleryDamaged, match=r"c\.json"):
        load_calibration(path, "dlib-128")


def test_a_limit_that_is_no_number_is_refused(tmp_path: Path, calibration: Calibration) -> None:
    path = tmp_path / "c.json"
    save_calibration(path, calibration)
    content = json.loads(path.read_text())
    content["limits"]["ada"] = float("nan")
    path.write_text(json.dumps(content))
    with pytest.raises(GalleryDamaged):
        load_calibration(path, "dlib-128")


class TestCommand:
    @pytest.fixture
    def gallery_file(self, tmp_path: Path) -> Path:
        rows = np.zeros((4, 128), np.float32)
        rows[:, 0] = [0.0, 0.1, 0.4, 0.5]
        path = tmp_path / "encodings.pkl"
        save_gallery(path, Gallery(rows, ("ada", "ada", "bob", "bob"), "dlib-128"))
        return path

    @pytest.mark.slow
    def test_it_reports_writes_and_draws(
        self, gallery_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        plot = tmp_path / "curve.png"
        assert command.main(["--encodings", str(gallery_file), "--plot", str(plot)]) == 0
        said = capsys.readouterr().out
        assert "LOOK ALIKE: ada and bob, 0.30" in said
        assert "TOO LITTLE DATA: 2 strangers; 300 are needed" in said
        assert plot.read_bytes().startswith(b"\x89PNG")
        assert load_calibration(beside(gallery_file), "dlib-128") is not None

    def test_without_matplotlib_it_says_what_to_install(
        self,
        gallery_file: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        real = builtins.__import__

        def without(name: str, *rest: Any, **more: Any) -> object:
            if name == "matplotlib":
                raise ImportError(name)
            return real(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", without)
        assert command.main(["--encodings", str(gallery_file), "--plot", "x.png"]) == 1
        assert "pip install '.[bench]'" in capsys.readouterr().err
        assert not beside(gallery_file).exists()

    def test_without_a_gallery_it_says_what_to_do(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main(["--encodings", str(tmp_path / "none.pkl")]) == 1
        assert "enrol people first: lookout train" in capsys.readouterr().err

    @pytest.mark.data
    def test_strangers_may_be_photographs(
        self, gallery_file: Path, data: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = data / "bbt"
        people = [d for d in folder.iterdir() if d.is_dir() and d.name != "groups"]
        arguments = [
            "--encodings",
            str(gallery_file),
            "--strangers",
            str(folder),
            "--detector",
            "hog",
        ]
        assert command.main(arguments) == 0
        calibration = load_calibration(beside(gallery_file), "dlib-128")
        assert calibration is not None
        # one for each folder of photographs, and the two who are enrolled
        assert calibration.fpir.people >= len(people)
