"""What a person at an edge says of a face: over a real socket, by the real pipeline."""

from __future__ import annotations

import contextlib
import itertools
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.decide import Decision, Probe, Rule, State
from lookout.faces.decision.negatives import beside, load_negatives
from lookout.faces.detections import Image
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.photo.quality import FaceView
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.tracking.tracker import Track
from lookout.server.enrolment import correction_handler as corrections
from lookout.server.enrolment.correction_handler import MAX_WAITING, CorrectionHandler
from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.track_history import TrackHistory
from lookout.wire.connection import Connection
from lookout.wire.corrections import Corrected, Correction, Say
from lookout.wire.framing import Kind, Message
from lookout.wire.records import Face, Refusal
from tests.support.named_encoder import NamedEncoder
from tests.support.portraits import gallery_of
from tests.support.server_fakes import FakeRecognizer, frame
from tests.support.service import RunningService, receive_result, send_frame

DOOR = Source(1, "door")
IMAGE = np.zeros((8, 8, 3), np.uint8)
PATIENCE_S = 30.0


def say(edge: Connection, correction: Correction) -> Corrected | Refusal:
    edge.send(Message(Kind.CORRECTION, correction.to_meta()))
    message = edge.receive(PATIENCE_S)
    if message.kind is Kind.CORRECTED:
        return Corrected.from_meta(message.meta)
    assert message.kind is Kind.ERROR, message
    return Refusal.from_meta(message.meta)


class Door:
    """A camera whose picture does not change."""

    def __init__(self, edge: Connection, name: str, jpeg: bytes) -> None:
        self._edge, self._name, self._jpeg = edge, name, jpeg
        self._numbers = itertools.count(1)

    def face(self) -> Face:
        """The one face in the next frame."""
        send_frame(self._edge, self._name, next(self._numbers), self._jpeg)
        result, _ = receive_result(self._edge, PATIENCE_S)
        assert len(result.faces) == 1
        return result.faces[0]

    def face_once(self, name: str | None, ignored: bool = False) -> Face:
        """The face, once it is called so; that it will be is what the test is about."""
        until_s = time.monotonic() + PATIENCE_S
        while (face := self.face()).name != name or face.ignored != ignored:
            assert time.monotonic() < until_s, f"{face} and not {name}, ignored: {ignored}"
        return face


@pytest.fixture
def serving(
    tmp_path: Path, portrait_bgr: Image, dad: list[Image], detector: Detector, encoder: Encoder
) -> Iterator[RunningService]:
    """A server that knows Dad by one good photograph, and by one that is of Eileen."""
    encodings = tmp_path / "encodings.pkl"
    gallery = gallery_of("Dad", [dad[0], portrait_bgr], detector, encoder)
    watch, recent = NegativesWatch(encodings, encoder), TrackHistory()
    desk = CorrectionHandler(recent, lambda: gallery, encodings, encoder, watch.poll_soon)
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    recognition = RecognitionContext(
        detector, encoder, rule, lambda: gallery, negatives=lambda: watch.negatives
    )
    pipeline = Pipeline(recognition, observers=(recent,))
    watch.start()
    desk.start()
    with RunningService(pipeline, DisabledHandler(), desk) as running:
        yield running
    assert desk.close(5.0)
    assert watch.close(5.0)


@pytest.mark.data
def test_a_rejected_name_goes_and_the_real_person_keeps_it(
    serving: RunningService, portrait: bytes, dad: list[Image]
) -> None:
    with contextlib.closing(serving.connect()) as edge:
        door, hall = Door(edge, "door", portrait), Door(edge, "hall", encode_jpeg(dad[1], 95))
        wrong = door.face_once("Dad")
        answer = say(edge, Correction(5, "door", Say.NOT, wrong.track, "Dad"))
        assert isinstance(answer, Corrected), answer
        assert (answer.request, "this is not Dad" in answer.message) == (5, True)
        door.face_once(None)
        hall.face_once("Dad")

        back = say(edge, Correction(6, "door", Say.TAKE_BACK, said_at=answer.said_at))
        assert isinstance(back, Corrected), back
        assert back.said_at is None
        door.face_once("Dad")


@pytest.mark.data
def test_an_ignored_person_gets_no_name_until_it_is_taken_back(
    serving: RunningService, portrait: bytes, dad: list[Image]
) -> None:
    with contextlib.closing(serving.connect()) as edge:
        door, hall = Door(edge, "door", portrait), Door(edge, "hall", encode_jpeg(dad[1], 95))
        face = door.face_once("Dad")
        answer = say(edge, Correction(1, "door", Say.IGNORE, face.track))
        assert isinstance(answer, Corrected), answer
        door.face_once(None, ignored=True)
        hall.face_once("Dad")
        say(edge, Correction(2, "door", Say.TAKE_BACK, said_at=answer.said_at))
        door.face_once("Dad")


@pytest.mark.data
def test_what_is_not_known_is_refused_in_words(serving: RunningService, portrait: bytes) -> None:
    with contextlib.closing(serving.connect()) as edge:
        face = Door(edge, "door", portrait).face_once("Dad")
        for correction, words in (
            (Correction(1, "door", Say.NOT, 99, "Dad"), "no longer known"),
            (Correction(2, "hall", Say.NOT, face.track, "Dad"), "no longer known"),
            (Correction(3, "door", Say.NOT, face.track, "Grace"), "not been called Grace"),
            (Correction(4, "door", Say.TAKE_BACK, said_at=5.0), "nothing to take back"),
        ):
            refusal = say(edge, correction)
            assert isinstance(refusal, Refusal)
            assert (refusal.request, refusal.code) == (correction.request, "gone")
            assert words in refusal.message
            assert not refusal.fatal


@pytest.mark.data
def test_another_edge_knows_nothing_of_the_tracks_of_this_one(
    serving: RunningService, portrait: bytes
) -> None:
    with (
        contextlib.closing(serving.connect()) as edge,
        contextlib.closing(serving.connect()) as other,
    ):
        face = Door(edge, "door", portrait).face_once("Dad")
        refusal = say(other, Correction(1, "door", Say.NOT, face.track, "Dad"))
        assert isinstance(refusal, Refusal)


def test_without_enrolment_a_correction_is_refused_in_words() -> None:
    with (
        RunningService(FakeRecognizer(), DisabledHandler()) as service,
        contextlib.closing(service.connect()) as edge,
    ):
        refusal = say(edge, Correction(3, "door", Say.IGNORE, 1))
        assert isinstance(refusal, Refusal)
        assert (refusal.request, refusal.fatal) == (3, False)
        assert "--no-enrol" in refusal.message


def test_a_correction_that_says_nothing_ends_the_connection() -> None:
    with (
        RunningService(FakeRecognizer(), DisabledHandler()) as service,
        contextlib.closing(service.connect()) as edge,
    ):
        edge.send(Message(Kind.CORRECTION, {"request": 1, "camera": "door", "say": "not"}))
        refusal = Refusal.from_meta(edge.receive(PATIENCE_S).meta)
        assert (refusal.code, refusal.fatal) == ("bad_message", True)


# without a socket


TOY = NamedEncoder("toy", 2)


def nobody() -> Gallery:
    return Gallery.empty("toy", 2)


def track(number: int, *places: float) -> Track:
    probes = tuple(Probe(np.array([place, 0.0], np.float32)) for place in places)
    return Track(number, np.zeros(4, np.float32), FaceView(80, 120, 50, 1), 0.0, 0.0, probes)


def called(name: str | None) -> Decision:
    return Decision(State.KNOWN if name else State.UNKNOWN, name)


def at(seconds: float) -> FrameJob:
    return frame(DOOR.camera, 1, arrived_s=seconds)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_gallery_that_is_being_changed_is_waited_for_and_then_said_to_be_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "LOCK_TIMEOUT_S", 0.05)
    encodings, recent = tmp_path / "encodings.pkl", TrackHistory(Clock())
    recent.saw(at(0), IMAGE, [track(7, 0.1)], [called("Ada")])
    answers: queue.SimpleQueue[Corrected | Refusal] = queue.SimpleQueue()
    desk = CorrectionHandler(recent, nobody, encodings, TOY)
    not_ada = Correction(1, DOOR.camera, Say.NOT, 7, "Ada")
    desk.start()
    with only_writer(encodings):
        desk.correct(DOOR, not_ada, answers.put)
        busy = answers.get(timeout=PATIENCE_S)
    desk.correct(DOOR, not_ada, answers.put)
    done = answers.get(timeout=PATIENCE_S)
    assert isinstance(busy, Refusal)
    assert busy.code == "busy"
    assert isinstance(done, Corrected)
    assert desk.close(5.0)
    (said,) = load_negatives(beside(encodings), "toy").rejections
    assert (said.name, said.where) == ("Ada", "door")


@pytest.mark.parametrize(
    ("place", "hint"),
    [(0.25, "people remove 'Ada L.' 2.jpg"), (0.4, "")],
    ids=["the same face", "a look-alike"],
)
def test_a_photograph_that_shows_the_rejected_face_is_named(
    tmp_path: Path, place: float, hint: str
) -> None:
    """Ada's two are at 5 and 0; within half of the tolerance, 0.3, it is the same face."""
    rows = np.array([[5.0, 0.0], [0.0, 0.0]], np.float32)
    samples = (Sample("1.jpg"), Sample("2.jpg"))
    gallery = Gallery(rows, ("Ada L.", "Ada L."), "toy", samples)
    recent = TrackHistory(Clock())
    recent.saw(at(0), IMAGE, [track(7, place)], [called("Ada L.")])
    answers: queue.SimpleQueue[Corrected | Refusal] = queue.SimpleQueue()
    desk = CorrectionHandler(recent, lambda: gallery, tmp_path / "encodings.pkl", TOY)
    desk.start()
    desk.correct(DOOR, Correction(1, "door", Say.NOT, 7, "Ada L."), answers.put)
    answer = answers.get(timeout=PATIENCE_S)
    assert isinstance(answer, Corrected), answer
    assert ("shows almost the same face" in answer.advice) == bool(hint)
    assert hint in answer.advice
    assert desk.close(5.0)


def test_corrections_do_not_pile_up(tmp_path: Path) -> None:
    answers: list[Corrected | Refusal] = []
    desk = CorrectionHandler(
        TrackHistory(Clock()), nobody, tmp_path / "encodings.pkl", TOY
    )  # not started
    for number in range(MAX_WAITING + 1):
        desk.correct(DOOR, Correction(number, "door", Say.IGNORE, 1), answers.append)
    (refusal,) = answers
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.request) == ("busy", MAX_WAITING)
