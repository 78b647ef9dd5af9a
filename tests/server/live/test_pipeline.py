"""Frames of real people go in; faces, names and annotated pictures come out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.support.waiting import wait_until
from lookout.faces.decision.decide import Decision, Rule
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.faces.tracking.tracker import Track
from lookout.server.imaging.jpeg import decode_bgr, encode_jpeg
from lookout.server.inference.batching import Batching
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.inference.shared_engines import SharedDetector, SharedEncoder
from lookout.server.live.frame_job import Answer, FrameJob, Outcome, Source
from lookout.server.live.pipeline import Observer, Pipeline
from lookout.wire.records import Face, FaceState, FrameInfo, Overlay, Refusal
from tests.support.portraits import gallery_of

STAGES = ["decode", "wait", "detect", "track", "encode", "decide", "annotate"]


class CountingEncoder:
    """An encoder that remembers how many chips each call had."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimension = encoder.name, encoder.dimension
        self.tolerance = encoder.tolerance
        self.calls: list[int] = []

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return self._encoder.align(image_bgr, detections)

    def encode(self, chips: Sequence[Chip]) -> Floats:
        self.calls.append(len(chips))
        return self._encoder.encode(chips)


class Bench:
    """A pipeline whose gallery can be changed."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        gallery: Gallery,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.encoder = CountingEncoder(encoder)
        self.gallery = gallery
        recognition = RecognitionContext(detector, self.encoder, Rule(), lambda: self.gallery)
        self.pipeline = Pipeline(recognition, observers=observers)

    def run(self, *jobs: FrameJob) -> list[Outcome]:
        return self.pipeline.run(jobs)


@pytest.fixture
def bench(detector: Detector, encoder: Encoder, eileen: Gallery) -> Bench:
    return Bench(detector, encoder, eileen)


def job(
    jpeg: bytes, camera: str = "door", number: int = 1, overlay: Overlay = Overlay.SERVER
) -> FrameJob:
    info = FrameInfo(camera, number, 12.5, overlay)
    return FrameJob(Source(1, camera), info, jpeg, arrived_s=float(number))


def only_face(outcome: Outcome) -> Face:
    assert isinstance(outcome, Answer), outcome
    (face,) = outcome.result.faces
    return face


def test_an_enrolled_person_is_named_where_she_is(bench: Bench, portrait: bytes) -> None:
    (outcome,) = bench.run(job(portrait))
    face = only_face(outcome)
    assert (face.state, face.name) == (FaceState.KNOWN, "Eileen")
    assert face.distance is not None
    assert face.distance < 0.3
    assert np.allclose(face.box_xyxy, (175, 76, 266, 167), atol=25)


def test_the_picture_that_comes_back_is_drawn_on(
    bench: Bench, portrait: bytes, portrait_bgr: Image
) -> None:
    (outcome,) = bench.run(job(portrait))
    assert isinstance(outcome, Answer)
    drawn = decode_bgr(outcome.jpeg).astype(int)
    assert drawn.shape == portrait_bgr.shape
    x0, y0, _, _ = (int(edge) for edge in only_face(outcome).box_xyxy)
    changed = np.abs(drawn - portrait_bgr).max(axis=2)
    assert np.median(changed) < 12
    assert changed[y0 - 3 : y0 + 20, x0 - 3 : x0 + 20].max() > 60


def test_an_edge_that_draws_itself_gets_no_picture(bench: Bench, portrait: bytes) -> None:
    (outcome,) = bench.run(job(portrait, overlay=Overlay.EDGE))
    assert isinstance(outcome, Answer)
    assert outcome.jpeg == b""
    assert only_face(outcome).name == "Eileen"


class Witness:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Source, list[int], list[str | None]]] = []
        self.gone: list[Source] = []
        self.pictures: list[Image] = []

    def saw(
        self,
        job: FrameJob,
        image_bgr: Image,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
    ) -> None:
        names = [decision.name for decision in decisions]
        self.seen.append((job.source, [track.id for track in tracks], names))
        self.pictures.append(image_bgr.copy())

    def forget(self, source: Source) -> None:
        self.gone.append(source)


def test_an_observer_sees_the_plain_picture_who_is_in_it_and_that_the_camera_has_gone(
    detector: Detector, encoder: Encoder, eileen: Gallery, portrait: bytes
) -> None:
    witness = Witness()
    bench = Bench(detector, encoder, eileen, (witness,))
    (outcome,) = bench.run(job(portrait))
    face = only_face(outcome)
    assert witness.seen == [(Source(1, "door"), [face.track], ["Eileen"])]
    assert np.array_equal(witness.pictures[0], decode_bgr(portrait))
    bench.pipeline.forget(Source(1, "door"))
    assert witness.gone == [Source(1, "door")]


def test_every_stage_is_timed(bench: Bench, portrait: bytes) -> None:
    (outcome,) = bench.run(job(portrait))
    assert isinstance(outcome, Answer)
    assert list(outcome.result.timings_ms) == STAGES
    assert all(ms > 0 for ms in outcome.result.timings_ms.values())


def test_a_frame_and_an_upload_ride_in_the_same_batch(
    detector: Detector, encoder: Encoder, eileen: Gallery, portrait: bytes
) -> None:
    ticks = itertools.count()
    batching = Batching(clock=lambda: 0.001 * next(ticks))  # every batch takes a millisecond
    counting = CountingEncoder(encoder)
    shared = SharedEncoder(counting, batching)
    recognition = RecognitionContext(
        SharedDetector(detector, batching), shared, Rule(), lambda: eileen
    )
    pipeline = Pipeline(recognition, turn=batching.first)
    pipeline.run([job(portrait, "yard")])  # now it is known what a chip costs
    image_bgr = decode_bgr(portrait)
    chips = shared.align(image_bgr, detector.detect([image_bgr])[0])
    with ThreadPoolExecutor(2) as threads:
        with batching.first():  # until both wait, the frame's before the upload's
            upload = threads.submit(shared.encode, chips)
            wait_until(lambda: batching.waiting == 1)
            frame = threads.submit(pipeline.run, [job(portrait)])
            wait_until(lambda: batching.waiting == 2)
        (outcome,) = frame.result(60.0)
        encoding = upload.result(60.0)
    assert only_face(outcome).name == "Eileen"
    assert counting.calls == [1, 2]
    assert np.allclose(encoding, encoder.encode(chips), atol=1e-5)


def test_without_a_gallery_a_face_is_unknown(
    detector: Detector, encoder: Encoder, portrait: bytes
) -> None:
    bench = Bench(detector, encoder, Gallery.empty(encoder.name, encoder.dimension))
    face = only_face(bench.run(job(portrait))[0])
    assert (face.state, face.name) == (FaceState.UNKNOWN, None)


def test_who_is_enrolled_while_in_view_is_named_in_the_next_frame_without_a_new_encoding(
    bench: Bench, eileen: Gallery, portrait: bytes
) -> None:
    bench.gallery = Gallery.empty(eileen.encoder, eileen.encodings.shape[1])
    assert only_face(bench.run(job(portrait, number=1))[0]).name is None
    bench.gallery = eileen
    near = FrameJob(Source(1, "door"), FrameInfo("door", 2, 12.5), portrait, arrived_s=1.05)
    assert only_face(bench.run(near)[0]).name == "Eileen"
    assert bench.encoder.calls == [1, 0]


def test_a_picture_without_a_face_has_none(bench: Bench) -> None:
    gradient = np.tile(np.linspace(0, 255, 320, dtype=np.uint8)[None, :, None], (240, 1, 3))
    (outcome,) = bench.run(job(encode_jpeg(np.ascontiguousarray(gradient))))
    assert isinstance(outcome, Answer)
    assert outcome.result.faces == ()
    assert decode_bgr(outcome.jpeg).shape == (240, 320, 3)


@pytest.mark.data
def test_the_faces_of_all_cameras_are_encoded_in_one_call_and_not_mixed_up(
    detector: Detector, encoder: Encoder, eileen: Gallery, portrait: bytes, dad: list[Image]
) -> None:
    of_dad = gallery_of("Dad", dad[:1], detector, encoder)
    bench = Bench(detector, encoder, eileen.added("Dad", of_dad.encodings))
    outcomes = bench.run(job(portrait, "door"), job(encode_jpeg(dad[1]), "garden"))
    assert [only_face(outcome).name for outcome in outcomes] == ["Eileen", "Dad"]
    assert bench.encoder.calls == [2]


def test_a_camera_that_was_forgotten_begins_new_tracks_and_others_keep_theirs(
    bench: Bench, portrait: bytes
) -> None:
    both = [job(portrait, "door"), job(portrait, "garden")]
    bench.run(*both)
    assert bench.encoder.calls == [2]
    bench.pipeline.forget(Source(1, "door"))
    bench.run(*(FrameJob(old.source, old.info, portrait, 1.01) for old in both))
    assert bench.encoder.calls == [2, 1]


def jpeg_of_100_megapixels(portrait: bytes) -> bytes:
    """The portrait with another size written into its header."""
    at = portrait.index(b"\xff\xc0") + 5
    size = (10_000).to_bytes(2, "big")
    return portrait[:at] + size + size + portrait[at + 4 :]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda jpeg: b"", "not a JPEG", id="empty"),
        pytest.param(lambda jpeg: b"\x89PNG\r\n\x1a\n" + jpeg, "not a JPEG", id="a PNG"),
        pytest.param(lambda jpeg: jpeg[: len(jpeg) // 2], "truncated", id="half a JPEG"),
        pytest.param(lambda jpeg: jpeg[:40], "truncated", id="half a header"),
        pytest.param(lambda jpeg: b"\xff\xd8" * 3000, "damaged", id="markers only"),
        pytest.param(jpeg_of_100_megapixels, "10000×10000", id="100 megapixels"),
    ],
)
def test_a_bad_picture_is_refused_in_words_and_others_of_its_batch_are_answered(
    bench: Bench, portrait: bytes, spoil: object, words: str
) -> None:
    assert callable(spoil)
    bad, good = bench.run(job(spoil(portrait), "bad", number=9), job(portrait, "good"))
    assert isinstance(bad, Refusal)
    assert (bad.code, bad.number, bad.fatal) == ("bad_picture", 9, False)
    assert words in bad.message
    assert only_face(good).name == "Eileen"


def test_a_batch_of_bad_pictures_only_is_refused(bench: Bench) -> None:
    outcomes = bench.run(job(b"one", "a"), job(b"two", "b"))
    assert all(isinstance(outcome, Refusal) for outcome in outcomes)


def test_padding_behind_the_end_is_no_damage(bench: Bench, portrait: bytes) -> None:
    assert only_face(bench.run(job(portrait + bytes(512)))[0]).name == "Eileen"


class Blind:
    """A detector that finds nothing any more once its eyes are shut."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.name, self.face_px = detector.name, detector.face_px
        self.shut = False

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        if self.shut:
            return [Detections.empty()] * len(images_bgr)
        return self._detector.detect(images_bgr)


def at(time_s: float, jpeg: bytes) -> FrameJob:
    return FrameJob(Source(1, "door"), FrameInfo("door", 1, 12.5), jpeg, time_s)


def faces_in(outcome: Outcome) -> tuple[Face, ...]:
    assert isinstance(outcome, Answer), outcome
    return outcome.result.faces


def test_a_face_that_the_detector_misses_keeps_its_place_and_name_for_a_moment(
    detector: Detector, encoder: Encoder, eileen: Gallery, portrait: bytes
) -> None:
    blind = Blind(detector)
    bench = Bench(blind, encoder, eileen)
    seen = only_face(bench.run(at(1.0, portrait))[0])
    blind.shut = True
    missed = only_face(bench.run(at(1.1, portrait))[0])
    assert (missed.name, missed.track, missed.box_xyxy) == ("Eileen", seen.track, seen.box_xyxy)
    assert faces_in(bench.run(at(1.5, portrait))[0]) == ()


@pytest.mark.data
def test_a_name_is_not_kept_where_the_picture_now_shows_somebody_else(
    detector: Detector, encoder: Encoder, eileen: Gallery, portrait: bytes, dad: list[Image]
) -> None:
    blind = Blind(detector)
    bench = Bench(blind, encoder, eileen)
    bench.run(at(1.0, portrait))
    blind.shut = True
    assert faces_in(bench.run(at(1.1, encode_jpeg(dad[0])))[0]) == ()


def test_pictures_that_several_threads_decode_and_draw_are_not_mixed_up(
    detector: Detector, encoder: Encoder, eileen: Gallery, portrait: bytes
) -> None:
    grey = encode_jpeg(np.full((100, 150, 3), 90, np.uint8))
    jobs = [job(grey, "a"), job(b"no picture", "b"), job(portrait, "c")]
    with ThreadPoolExecutor(2) as executor:
        recognition = RecognitionContext(detector, encoder, Rule(), lambda: eileen)
        pipeline = Pipeline(recognition, executor=executor)
        empty, refused, full = pipeline.run(jobs)
    assert isinstance(empty, Answer)
    assert decode_bgr(empty.jpeg).shape == (100, 150, 3)
    assert isinstance(refused, Refusal)
    assert only_face(full).name == "Eileen"
    assert isinstance(full, Answer)
    assert decode_bgr(full.jpeg).shape == decode_bgr(portrait).shape
