"""Recognition and the portrait, as in the server's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Image
from lookout.faces.gallery.encodings_file import save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.inference.recognition import Recognition
from tests.recognise.clips import write_clip
from tests.server.conftest import (  # noqa: F401 - fixtures
    detector,
    eileen,
    encoder,
    portrait,
    portrait_bgr,
)


@pytest.fixture(scope="session")
def knows_eileen(detector: Detector, encoder: Encoder, eileen: Gallery) -> Recognition:  # noqa: F811
    return Recognition(
        detector, encoder, Rule.for_encoder(encoder.name, encoder.tolerance), lambda: eileen
    )


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, portrait_bgr: Image) -> Path:  # noqa: F811
    """Five seconds: the portrait, two seconds of a cup, the portrait again."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", portrait_bgr)


@pytest.fixture(scope="session")
def encodings(tmp_path_factory: pytest.TempPathFactory, eileen: Gallery) -> Path:  # noqa: F811
    path = tmp_path_factory.mktemp("known") / "encodings.pkl"
    save_gallery(path, eileen)
    return path
