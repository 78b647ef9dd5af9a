"""The companion beside a double of Frigate and mosquitto: who is named, by what, and how often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.support.frigate_double import FrigateDouble, clip_of, jpeg
from benchmarks.support.signers import FIRST_TEST_FRAME, frames
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Image
from lookout.faces.engine import open_detector
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.commands.frigate import serve
from lookout.server.frigate.options import FrigateOptions
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.mqtt.options import MqttOptions
from tests.server.mqtt.conftest import Listener, Mosquitto

STATUS, VERDICTS = "lookout/frigate/status", "lookout/frigate/verdicts"
WAIT_S = 60.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    (tmp_path / "broker").mkdir()
    broker = Mosquitto(tmp_path / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def frigate(broker: Mosquitto) -> Iterator[FrigateDouble]:
    with FrigateDouble(broker.port) as double:
        yield double


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    listener = Listener(broker.port)
    yield listener
    listener.close()


class Running:
    """The companion, from the broker's `online` to the end of the with-block."""

    def __init__(
        self,
        recognition: RecognitionContext,
        frigate: FrigateDouble,
        listener: Listener,
        **options: Any,
    ) -> None:
        self._listener = listener
        self._stop = threading.Event()
        self.lines: list[str] = []
        given = replace(FrigateOptions(frigate.url, pause_s=0.1), **options)
        broker = MqttOptions("127.0.0.1", frigate.broker)
        self._thread = threading.Thread(
            target=serve, args=(lambda: recognition, broker, given, self._stop, self.lines.append)
        )

    def __enter__(self) -> Running:
        self._thread.start()
        self._listener.until(lambda: (STATUS, "online") in self._listener.came)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def verdict(self, event: str) -> dict[str, Any]:
        def told() -> list[dict[str, Any]]:
            return [one for one in self._listener.json_of(VERDICTS) if one["event"] == event]

        self._listener.until(lambda: bool(told()))
        (found,) = told()
        return found


@pytest.fixture
def face(portrait_bgr: Image) -> Image:
    """A frame of Eileen, twice as large: the stream in which Frigate detects has half of that."""
    larger = cv2.resize(portrait_bgr, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8)


@pytest.fixture
def wall(face: Image) -> Image:
    """A frame of the same size in which nobody is."""
    return np.full_like(face, 120)


def test_a_known_face_in_the_snapshot_is_a_name_on_the_event(
    knows_eileen: RecognitionContext,
    face: Image,
    frigate: FrigateDouble,
    listener: Listener,
) -> None:
    with Running(knows_eileen, frigate, listener) as running:
        frigate.tell("new", "1.5-a", "door", face)
        label = frigate.wait_for_name("1.5-a")
        assert label is not None
        assert (label.name, 0.81 <= label.score <= 1.0) == ("Eileen", True)
        verdict = running.verdict("1.5-a")
        asked = len(frigate.asked)
        frigate.tell("update", "1.5-a", "door", face, sub_label=["Eileen", 0.9])
        frigate.tell("end", "1.5-a", "door", face)
        frigate.tell("new", "2.5-b", "door", face)  # after it: messages keep their order
        assert frigate.wait_for_name("2.5-b") is not None
    assert (verdict["verdict"], verdict["name"], verdict["camera"]) == ("named", "Eileen", "door")
    assert [one["source"] for one in verdict["attempts"]] == ["snapshot"]
    assert verdict["seconds_to_name"] < 30
    assert [one.event for one in frigate.names] == ["1.5-a", "2.5-b"]
    assert not any("1.5-a" in path for path in frigate.asked[asked:])  # it stopped when sure
    assert running.lines[0].startswith("door 1.5-a: named Eileen (")


def test_where_the_snapshot_shows_no_face_the_frame_of_go2rtc_does(
    knows_eileen: RecognitionContext,
    face: Image,
    wall: Image,
    frigate: FrigateDouble,
    listener: Listener,
) -> None:
    with Running(knows_eileen, frigate, listener, go2rtc=frigate.url) as running:
        frigate.tell("new", "1.5-a", "door", wall)
        frigate.now["door"] = jpeg(face)
        assert frigate.wait_for_name("1.5-a") is not None
        verdict = running.verdict("1.5-a")
    assert verdict["attempts"][-1]["source"] == "full resolution"
    assert verdict["attempts"][0]["verdict"] == "no face"


def test_who_was_seen_by_no_look_is_looked_for_in_the_clip(
    knows_eileen: RecognitionContext,
    face: Image,
    wall: Image,
    frigate: FrigateDouble,
    listener: Listener,
    tmp_path: Path,
) -> None:
    with Running(knows_eileen, frigate, listener, clip_frames=6) as running:
        shown = [*[wall] * 8, *[face] * 40]
        frigate.clips["1.5-a"] = clip_of(shown, 8.0, tmp_path / "a.mp4")
        frigate.tell("new", "1.5-a", "door", wall)
        frigate.tell("end", "1.5-a", "door", wall, start_time=5.0, end_time=6.0)
        verdict = running.verdict("1.5-a")
    assert (verdict["verdict"], verdict["name"]) == ("named", "Eileen")
    sources = [one["source"] for one in verdict["attempts"]]
    assert sources == ["snapshot", *["clip"] * 6]
    assert [one.name for one in frigate.names] == ["Eileen"]


def test_a_stranger_gets_no_name_and_the_verdict_says_why(
    knows_eileen: RecognitionContext,
    face: Image,
    frigate: FrigateDouble,
    listener: Listener,
    encoder: Encoder,
) -> None:
    other = Gallery(-knows_eileen.gallery().encodings, ("Bob",), encoder.name)
    stranger = replace(knows_eileen, gallery=lambda: other)
    with Running(stranger, frigate, listener) as running:
        frigate.tell("new", "1.5-a", "door", face)
        frigate.tell("end", "1.5-a", "door", face, has_clip=False)
        verdict = running.verdict("1.5-a")
    assert (verdict["verdict"], verdict["name"]) == ("unknown", None)
    assert "nobody is within" in verdict["why"]
    assert frigate.names == []


def test_what_is_not_chosen_or_has_a_name_already_is_left_alone(
    knows_eileen: RecognitionContext,
    face: Image,
    frigate: FrigateDouble,
    listener: Listener,
) -> None:
    zones = {"door": frozenset({"porch"})}
    cameras = frozenset({"door"})
    with Running(knows_eileen, frigate, listener, cameras=cameras, zones=zones):
        frigate.tell("new", "1.5-elsewhere", "yard", face)
        frigate.tell("new", "1.5-dog", "door", face, label="dog")
        frigate.tell("new", "1.5-named", "door", face, sub_label="Ada")
        frigate.tell("new", "1.5-later", "door", face)
        frigate.tell("update", "1.5-later", "door", face, entered_zones=["porch"])
        assert frigate.wait_for_name("1.5-later") is not None
    assert [one.event for one in frigate.names] == ["1.5-later"]


def test_a_name_is_written_once_frigate_can_take_it_and_after_signing_in(
    knows_eileen: RecognitionContext,
    face: Image,
    frigate: FrigateDouble,
    listener: Listener,
) -> None:
    frigate.password, frigate.failures = "s3cret", 1
    with Running(knows_eileen, frigate, listener, user="lookout", password="s3cret"):
        frigate.tell("new", "1.5-a", "door", face)
        assert frigate.wait_for_name("1.5-a") is not None
    assert frigate.asked.count("/api/login") == 1
    assert frigate.asked.count("/api/events/1.5-a/sub_label") == 2


@pytest.fixture(scope="module")
def yunet(weights: None) -> Detector:
    return open_detector("yunet")


@pytest.mark.data
def test_a_signer_on_real_video_has_their_name_within_a_moment(
    data: Path, yunet: Detector, encoder: Encoder, frigate: FrigateDouble, listener: Listener
) -> None:
    chosen = {0, 30, 60, *range(FIRST_TEST_FRAME, FIRST_TEST_FRAME + 60)}
    pictures: dict[int, Image] = {}
    for index, image_bgr in frames(data):
        if index in chosen:
            pictures[index] = image_bgr
        if index >= max(chosen):
            break
    rows = []
    for index in (0, 30, 60):
        (found,) = yunet.detect([pictures[index]])
        rows += list(encoder.encode(encoder.align(pictures[index], found.largest(1))))
    gallery = Gallery(np.stack(rows), ("signer A",) * len(rows), encoder.name)
    recognition = RecognitionContext(
        yunet, encoder, Rule.for_encoder(encoder.name, encoder.tolerance), lambda: gallery
    )
    shown = [pictures[FIRST_TEST_FRAME + number] for number in range(60)]
    with Running(recognition, frigate, listener, go2rtc=frigate.url) as running:
        frigate.play("1.5-a", "door", shown, 30.0)
        frigate.tell("end", "1.5-a", "door", shown[-1], has_clip=False)
        verdict = running.verdict("1.5-a")
    assert verdict["name"] == "signer A"
    assert [one.name for one in frigate.names] == ["signer A"]
