"""The detector that `auto` chooses, and the log line about it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import lookout.faces.engine
from lookout.faces.engine import DETECTORS, open_detector
from lookout.faces.errors import DeviceMissing, ModelMissing


@pytest.fixture
def without_yunet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


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

    monkeypatch.setattr(lookout.faces.engine, "MmodDetector", no_gpu)
    with pytest.raises(DeviceMissing):
        open_detector("auto", "cuda")


def test_a_misspelt_detector_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ModelMissing, match=", ".join(DETECTORS)):
        open_detector("yunnet", "cpu")
