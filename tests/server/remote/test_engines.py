"""Detector and encoder elsewhere give what they give here, and whatever fails is computed here."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.server.remote import caller
from lookout.server.remote.caller import LONGEST_REST_S, REST_S, Caller
from lookout.server.remote.engines import RemoteDetector, RemoteEncoder
from lookout.server.remote.opening import Elsewhere
from lookout.server.remote.options import EngineKind, RemoteOptions
from lookout.server.remote.ways import HttpWay
from tests.server.remote.conftest import Engine, ToyDetector, ToyEncoder


class Here:
    """A server's side of an engine, with a clock."""

    def __init__(self, options: RemoteOptions) -> None:
        self.now_s = 0.0
        self.detector, self.encoder = ToyDetector(), ToyEncoder()
        self.caller = Caller(HttpWay(options), str(options), clock=lambda: self.now_s)
        self.remote_detector = RemoteDetector(self.detector, self.caller)
        self.remote_encoder = RemoteEncoder(self.encoder, self.caller)


@pytest.fixture
def here(engine: Engine) -> Iterator[Here]:
    here = Here(engine.options)
    yield here
    here.caller.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is too late, however busy the machine is."""
    monkeypatch.setattr(caller, "TRY_S", 30.0)


def pictures(count: int) -> list[Image]:
    return [np.full((48, 64 + 8 * number, 3), number, np.uint8) for number in range(count)]


@pytest.mark.usefixtures("patient")
def test_boxes_points_and_encodings_come_back_as_they_are_and_in_order(
    engine: Engine, here: Here
) -> None:
    images = pictures(20)
    found = here.remote_detector.detect(images)
    for theirs, ours in zip(found, ToyDetector().detect(images), strict=True):
        np.testing.assert_array_equal(theirs.box_xyxy, ours.box_xyxy)
        np.testing.assert_array_equal(theirs.score, ours.score)
        assert theirs.points_xy is not None
        np.testing.assert_array_equal(theirs.points_xy, ours.points_xy)
    chips = [here.remote_encoder.align(image, found[0])[0] for image in images]
    encodings = here.remote_encoder.encode(chips)
    assert encodings[:, 0].tolist() == list(range(20))
    assert here.remote_encoder.encode([]).shape == (0, 2)
    assert here.remote_detector.detect([]) == []
    assert here.detector.calls == here.encoder.calls == []
    assert sum(engine.detector.calls) == 20
    assert engine.encoder.calls == [8, 8, 4] or sorted(engine.encoder.calls) == [4, 8, 8]


@pytest.mark.usefixtures("patient")
def test_a_call_that_hit_a_dead_replica_is_tried_once_more(engine: Engine, here: Here) -> None:
    engine.refuse = 1
    assert len(here.remote_detector.detect(pictures(1))) == 1
    assert (engine.asked, here.detector.calls) == (2, [])
    assert not here.caller.resting


@pytest.mark.usefixtures("patient")
def test_what_fails_twice_is_computed_here_and_the_engine_rests(
    engine: Engine, here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    rest_s = REST_S
    for _ in range(7):
        engine.refuse = 2
        for _ in range(3):
            assert len(here.remote_detector.detect(pictures(1))) == 1
        assert engine.refuse == 0, "it is left alone after the first"
        here.now_s += rest_s + 0.01
        rest_s = min(2 * rest_s, LONGEST_REST_S)
    assert len(here.detector.calls) == 21
    assert len([one for one in caplog.records if "Computed here" in one.message]) == 7
    here.remote_detector.detect(pictures(1))
    assert len(here.detector.calls) == 21, "it has rested, and answers again"


def test_an_engine_that_hangs_costs_less_than_a_second(engine: Engine, here: Here) -> None:
    engine.gate.clear()
    began_s = time.monotonic()
    assert len(here.remote_detector.detect(pictures(4))) == 4
    took_s = time.monotonic() - began_s
    assert took_s >= caller.TRIES * caller.TRY_S
    assert here.detector.calls == [4]
    assert caller.TRIES * caller.TRY_S < 1.0


def test_where_nobody_listens_everything_is_computed_here() -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    here = Here(RemoteOptions(EngineKind.RAY, "127.0.0.1", port))
    assert len(here.remote_detector.detect(pictures(2))) == 2
    assert here.detector.calls == [2]


@pytest.mark.usefixtures("patient")
def test_another_network_than_ours_is_not_believed(
    engine: Engine, here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    engine.detector.name = "other"
    assert here.remote_detector.detect(pictures(1))[0].score[0] == 0
    assert here.detector.calls == [1]
    assert "the engine has other, and this server toy: give both the same" in caplog.text


def test_only_the_encoder_that_the_engine_has_goes_there(engine: Engine) -> None:
    ours, other = ToyEncoder("toy+toy"), ToyEncoder("dlib-128")
    elsewhere = Elsewhere(engine.options, "toy+toy")
    assert isinstance(elsewhere.encoder(ours), RemoteEncoder)
    assert elsewhere.encoder(other) is other
    nowhere = Elsewhere(None, "toy+toy")
    assert nowhere.encoder(ours) is ours
