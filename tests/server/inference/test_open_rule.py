"""The rule of the server, and what faces are not, as files beside the gallery say."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.calibration import Calibration, MeasuredRate, save_calibration
from lookout.faces.decision.calibration import beside as calibration_of
from lookout.faces.decision.negatives import Negatives, save_negatives
from lookout.faces.decision.negatives import beside as negatives_of
from lookout.faces.decision.rule import Rule
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.inference.open_rule import open_rule
from lookout.server.settings import ServerSettings, read_settings
from tests.support.named_encoder import NamedEncoder


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    return ServerSettings(encodings=tmp_path / "encodings.pkl")


def calibrate(settings: ServerSettings, encoder: str = "dlib-128") -> None:
    rate = MeasuredRate.of(0.01, 300)
    found = Calibration(encoder, 0.01, 0.004, False, rate, rate, {"ada": 0.3})
    save_calibration(calibration_of(settings.encodings), found)


def test_without_a_calibration_the_default_is_used(settings: ServerSettings) -> None:
    assert open_rule(settings, NamedEncoder()) == Rule()


def test_a_calibration_beside_the_gallery_is_used(settings: ServerSettings) -> None:
    calibrate(settings)
    rule = open_rule(settings, NamedEncoder())
    assert (rule.fpir, rule.limits) == (0.004, {"ada": 0.3})


def test_a_calibration_that_does_not_fit_is_reported_and_left_aside(
    settings: ServerSettings, caplog: pytest.LogCaptureFixture
) -> None:
    calibrate(settings, encoder="reid-0095")
    with caplog.at_level(logging.WARNING):
        assert open_rule(settings, NamedEncoder()) == Rule()
    assert "made for reid-0095, not for dlib-128" in caplog.text


def test_the_original_rule_can_be_had_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    settings = read_settings(["--rule", "original"], {})
    rule = open_rule(settings, NamedEncoder())
    assert rule.original
    assert "it names strangers" in caplog.text


@pytest.mark.parametrize(
    ("encoder", "mode", "warned"),
    [("sface", "hash", True), ("sface", "hash+rerank", False), ("dlib-128", "hash", False)],
)
def test_codes_too_coarse_for_the_encoder_are_warned_of(
    encoder: str, mode: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    open_rule(read_settings(["--match", mode], {}), NamedEncoder(encoder))
    assert ("take --match hash+rerank" in caplog.text) is warned


def test_what_is_rejected_is_taken_over_and_a_damaged_file_changes_nothing(
    settings: ServerSettings, caplog: pytest.LogCaptureFixture
) -> None:
    watch = NegativesWatch(settings.encodings, NamedEncoder())
    assert len(watch.negatives) == 0
    path = negatives_of(settings.encodings)
    save_negatives(path, Negatives("dlib-128").ignored(np.zeros((1, 128), np.float32), 1.0))
    watch.poll()
    assert len(watch.negatives) == 1
    path.write_bytes(b"{")
    os.utime(path, ns=(1, 1))
    watch.poll()
    watch.poll()
    assert len(watch.negatives) == 1
    assert caplog.text.count("is no file of rejected faces") == 1
    path.unlink()
    watch.poll()
    assert len(watch.negatives) == 0
    watch.start()
    assert watch.close(5.0)
