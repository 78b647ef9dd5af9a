"""The detector that `auto` chooses, and the log line about it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import lookout.faces.models.store
from lookout.faces.engine import DETECTORS, best_encoder, open_detector
from lookout.faces.errors import DeviceMissing, ModelMissing
from lookout.faces.models import ModelStore


@pytest.fixture
def without_yunet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(lookout.faces.models.store, "_wheel_folders", lambda _file: ())


@pytest.mark.data
def test_auto_is_yunet_where_it_is_installed(
    models: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    with caplog.at_level(logging.INFO):
        assert open_detector("auto", "cpu").name == "yunet"
    assert "auto: yunet" in caplog.text


@pytest.mark.usefixtures("without_yunet")
def test_auto_is_hog_where_nothing_is_installed_and_the_log_says_how_to_get_the_faster_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        assert open_detector("auto", "cpu").name == "hog"
    assert "auto: hog" in caplog.text
    assert "lookout models install yunet" in caplog.text


@pytest.mark.usefixtures("without_yunet")
def test_auto_does_not_take_hog_for_a_gpu_that_is_asked_for_and_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_gpu(*_: object, **__: object) -> None:
        raise DeviceMissing("there is no GPU")

    monkeypatch.setattr("lookout.faces.detect.mmod.MmodDetector", no_gpu)
    with pytest.raises(DeviceMissing):
        open_detector("auto", "cuda")


def test_a_misspelt_detector_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ModelMissing, match=", ".join(DETECTORS)):
        open_detector("yunnet", "cpu")


@pytest.mark.usefixtures("without_yunet")
def test_the_best_encoder_is_of_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore.from_environment()
    assert best_encoder(store) == "dlib-128"
    for model, best in (("reid-0095", "dlib-128+reid-0095"), ("sface", "sface+reid-0095")):
        (tmp_path / store.entry(model).files[0].name).touch()
        assert best_encoder(store) == best
    (tmp_path / store.entry("reid-0095").files[0].name).unlink()
    assert best_encoder(store) == "sface"
