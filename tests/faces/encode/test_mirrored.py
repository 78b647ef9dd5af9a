"""The encoder that also looks in the mirror."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detect.hog import HogDetector
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.engine import open_encoder
from tests.support.portraits import read_image


@pytest.mark.data
def test_it_is_the_mean_of_a_face_and_its_mirror_image(data: Path) -> None:
    image = read_image(data / "face_recognition" / "obama.jpg")
    faces = HogDetector(0).detect([image])[0]
    assert len(faces) == 1
    mirrored, flipping = open_encoder("dlib-128-mirrored", "cpu"), Dlib128Encoder(flip=True)
    chips = mirrored.align(image, faces)
    assert mirrored.name == "dlib-128-mirrored"
    assert mirrored.encode(chips) == pytest.approx(flipping.encode(chips), abs=1e-5)
    assert mirrored.encode([]).shape == (0, 128)


@pytest.mark.data
def test_unit_vectors_stay_unit_vectors_and_one_does_not_care_for_the_mirror(
    data: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    image = read_image(data / "face_recognition" / "obama.jpg")
    encoder = open_encoder("reid-0095-mirrored", "cpu")
    (chip,) = encoder.align(image, HogDetector(0).detect([image])[0])
    assert isinstance(chip, np.ndarray)
    once, turned = encoder.encode([chip, np.ascontiguousarray(chip[:, ::-1])])
    assert np.linalg.norm(once) == pytest.approx(1.0, abs=1e-5)
    assert turned == pytest.approx(once, abs=1e-4)
