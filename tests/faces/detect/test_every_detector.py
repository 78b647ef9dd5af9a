"""Every detector and encoder, without pictures and with pictures of several sizes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Detections, Image
from lookout.faces.engine import DETECTORS, open_detector, open_encoder
from lookout.faces.protocols import Detector
from tests.support.portraits import read_image

NOT_HAD = {"scrfd-10g"}
"""Weights that no test machine has; scrfd-500m is the same network, but smaller."""


@pytest.fixture(scope="module", params=sorted(DETECTORS.keys() - NOT_HAD))
def detector(request: pytest.FixtureRequest, models: Path) -> Detector:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOOKOUT_MODELS", str(models))
        return open_detector(request.param, "cpu")


@pytest.fixture(scope="module")
def photographs(data: Path) -> list[Image]:
    """A portrait in two sizes, the larger without its right edge, and a strip without a face."""
    portrait = read_image(data / "face_recognition" / "obama.jpg")
    small = cv2.resize(portrait, (320, 320), interpolation=cv2.INTER_AREA)
    large = cv2.resize(portrait, (480, 480), interpolation=cv2.INTER_AREA)[:, :440]
    return [np.ascontiguousarray(image) for image in (small, large, large[430:470])]


@pytest.mark.data
def test_no_pictures_have_no_detections(detector: Detector) -> None:
    assert detector.detect([]) == []


@pytest.mark.data
def test_pictures_of_several_sizes_are_not_made_one_size(
    detector: Detector, photographs: list[Image]
) -> None:
    together = detector.detect(photographs)
    for image, found in zip(photographs, together, strict=True):
        (alone,) = detector.detect([image])
        assert found.box_xyxy == pytest.approx(alone.box_xyxy, abs=0.5)
    small, large = (found.box_xyxy[found.score.argmax()] for found in together[:2])
    assert large == pytest.approx(small * 1.5, abs=30)
    assert len(together[2]) == 0


@pytest.mark.parametrize("name", ["dlib-128", "reid-0095", "dlib-128+reid-0095"])
@pytest.mark.data
def test_no_faces_have_no_chips_and_no_encodings(
    name: str, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    encoder = open_encoder(name, "cpu")
    picture = np.zeros((48, 64, 3), np.uint8)
    assert encoder.align(picture, Detections.empty()) == []
    assert encoder.encode([]).shape == (0, encoder.dimension)
