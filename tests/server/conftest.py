"""The portrait that ships with scikit-image, as a picture and as a JPEG, and engines for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from lookout.faces.decision.rule import Rule
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Image
from lookout.faces.engine import open_encoder
from lookout.faces.gallery.encodings_file import save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.batching import Batching
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.inference.shared_engines import SharedDetector, SharedEncoder
from tests.support.clips import write_clip
from tests.support.mongo import REAL, MongoBench, is_missing, mongo_process
from tests.support.portraits import gallery_of, read_small
from tests.support.server_process import ServerProcess
from tests.support.stores import MongoOpening, Opening, SqliteOpening


@pytest.fixture(scope="session")
def portrait_bgr() -> Image:
    """Eileen Collins, 512×320, face at about (175, 76, 266, 167). Only the upper part, because HOG
    takes something on her suit for a second face."""
    return np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])


@pytest.fixture(scope="session")
def portrait(portrait_bgr: Image) -> bytes:
    return encode_jpeg(portrait_bgr, 95)


@pytest.fixture(scope="session")
def detector() -> Detector:
    return HogDetector(upsample=0)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return open_encoder("dlib-128", "cpu")


@pytest.fixture(scope="session")
def engines(detector: Detector, encoder: Encoder) -> tuple[Detector, Encoder]:
    """The same two, as several threads share them."""
    batching = Batching()
    return SharedDetector(detector, batching), SharedEncoder(encoder, batching)


@pytest.fixture(scope="session")
def eileen(portrait_bgr: Image, detector: Detector, encoder: Encoder) -> Gallery:
    """A gallery of one person, from the portrait made a little smaller."""
    smaller = cv2.resize(portrait_bgr, (480, 300), interpolation=cv2.INTER_AREA)
    return gallery_of("Eileen", [np.asarray(smaller, np.uint8)], detector, encoder)


@pytest.fixture(scope="session")
def dad(data: Path) -> list[Image]:
    """Two photographs of another person, scaled to 640 pixels."""
    return [read_small(data / "families" / f"Family1-Dad{number}.jpg") for number in (1, 2)]


@pytest.fixture(scope="session")
def live_server(
    tmp_path_factory: pytest.TempPathFactory, eileen: Gallery
) -> Iterator[ServerProcess]:
    """The real server with the HTTP API, without sign-in, that knows Eileen."""
    folder = tmp_path_factory.mktemp("live")
    save_gallery(folder / "encodings.pkl", eileen)
    with ServerProcess(folder, "--no-auth", http=True) as running:
        yield running


@pytest.fixture(scope="session")
def knows_eileen(detector: Detector, encoder: Encoder, eileen: Gallery) -> RecognitionContext:
    return RecognitionContext(
        detector, encoder, Rule.for_encoder(encoder.name, encoder.tolerance), lambda: eileen
    )


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, portrait_bgr: Image) -> Path:
    """Five seconds: the portrait, two seconds of a cup, the portrait again."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", portrait_bgr)


@pytest.fixture(scope="session")
def encodings(tmp_path_factory: pytest.TempPathFactory, eileen: Gallery) -> Path:
    path = tmp_path_factory.mktemp("known") / "encodings.pkl"
    save_gallery(path, eileen)
    return path


@pytest.fixture(scope="session")
def mongo_bench() -> Iterator[MongoBench]:
    """A server of MongoDB's protocol: LOOKOUT_TEST_MONGO, or one that is started."""
    if is_missing():
        pytest.skip("a server to test with is optional: pip install --pre secantusdb")
    with contextlib.ExitStack() as opened:
        uri = os.environ.get(REAL) or opened.enter_context(mongo_process()).uri
        yield opened.enter_context(contextlib.closing(MongoBench(uri)))


@pytest.fixture(params=["sqlite", "mongo"])
def open_store(request: pytest.FixtureRequest) -> Opening:
    """Opens stores of each kind."""
    if request.param == "sqlite":
        return SqliteOpening()
    bench: MongoBench = request.getfixturevalue("mongo_bench")
    bench.next_test()
    return MongoOpening(bench)
