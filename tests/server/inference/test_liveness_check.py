"""What the server does where the networks of liveness are here, and where they are not."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.errors import ModelMissing
from lookout.server.inference.liveness_check import LivenessCheck, open_check
from tests.support.toy_liveness import ToyLiveness

FACE = np.array([50, 50, 150, 150], np.float32)
PICTURE = np.zeros((200, 200, 3), np.uint8)


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOKOUT_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.usefixtures("no_models")
def test_without_networks_marking_is_off_and_the_log_says_how_to_get_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        check = open_check(LivenessDemand.MARK, "cpu")
    assert not check.on
    assert "liveness: off" in caplog.text
    assert "lookout models install minifasnet-v2" in caplog.text
    assert check.verdict(PICTURE, FACE) is None


@pytest.mark.usefixtures("no_models")
def test_what_is_required_and_not_here_is_an_error() -> None:
    with pytest.raises(ModelMissing, match="lookout models install minifasnet-v2"):
        open_check(LivenessDemand.REQUIRE, "cpu")


@pytest.mark.data
@pytest.mark.usefixtures("weights")
def test_with_networks_faces_are_looked_at() -> None:
    check = open_check(LivenessDemand.MARK, "cpu")
    assert check.on
    verdict = check.verdict(PICTURE, FACE)
    assert verdict is not None
    assert [reason.code for reason in verdict.reasons] == ["too_dark", "blurred"]


def test_a_camera_has_a_demand_of_its_own_or_that_of_the_server() -> None:
    wishes = {"door": "challenge", "hall": "off"}
    check = LivenessCheck(LivenessDemand.MARK, ToyLiveness(2.0), wishes.get)
    assert check.demand_at("door") is LivenessDemand.CHALLENGE
    assert check.demand_at("hall") is LivenessDemand.OFF
    assert check.demand_at("yard") is LivenessDemand.MARK


def test_without_networks_what_a_camera_requires_stays_required() -> None:
    wishes = {"door": "require", "hall": "mark"}
    check = LivenessCheck(LivenessDemand.MARK, of_camera=wishes.get)
    assert check.demand_at("door") is LivenessDemand.REQUIRE
    assert check.demand_at("hall") is LivenessDemand.OFF


def test_a_check_that_is_off_refuses_to_look() -> None:
    check = LivenessCheck()
    assert check.name == "off"
    with pytest.raises(RuntimeError, match="is off"):
        check.look(PICTURE, FACE)


def test_each_look_is_counted_under_the_name_of_the_model() -> None:
    counted: list[str] = []
    check = LivenessCheck(LivenessDemand.MARK, ToyLiveness(2.0), count=counted.append)
    box = np.array([0, 0, 8, 8], np.float32)
    check.look(np.zeros((8, 8, 3), np.uint8), box)
    assert counted == ["toy"]
