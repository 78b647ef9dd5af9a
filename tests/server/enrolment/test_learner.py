"""A captured photograph is learnt by every encoder of the gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.encode.mirrored import MirroredEncoder
from lookout.faces.gallery.encodings_file import file_for, load_gallery, save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.judgement import Quality
from lookout.faces.protocols import Detector, Encoder
from lookout.server.enrolment.learner import Learner


def test_a_photograph_is_learnt_by_both_encoders_once(
    tmp_path: Path, detector: Detector, encoder: Encoder, portrait: bytes
) -> None:
    path, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    own = file_for(path, mirrored.name)
    learner = Learner(detector, mirrored, own, Quality.OFF, others=lambda: {path: encoder})
    photo = learner.examine(portrait)
    assert learner.learn("Eileen", "portrait.jpg", photo)
    assert learner.learn("Eileen", "portrait.jpg", photo)
    ours, portable = load_gallery(own, mirrored), load_gallery(path, encoder)
    assert ours.names == portable.names == ("Eileen",)
    assert ours.samples == portable.samples
    face = photo.detections
    expected = encoder.encode(encoder.align(photo.picture.image_bgr, face))  # type: ignore[union-attr]
    assert np.allclose(portable.encodings, expected, atol=1e-5)


def test_a_file_that_the_other_encoder_cannot_use_loses_nothing(
    tmp_path: Path, detector: Detector, encoder: Encoder, portrait: bytes
) -> None:
    path, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    save_gallery(path, Gallery(np.eye(1, 3, dtype=np.float32), ("Ada",), "arcface"))
    before = path.read_bytes()
    own = file_for(path, mirrored.name)
    learner = Learner(detector, mirrored, own, Quality.OFF, others=lambda: {path: encoder})
    assert learner.learn("Eileen", "portrait.jpg", learner.examine(portrait))
    assert load_gallery(own, mirrored).names == ("Eileen",)
    assert path.read_bytes() == before


def test_where_one_file_cannot_be_written_no_encoder_learns(
    tmp_path: Path, detector: Detector, encoder: Encoder, portrait: bytes
) -> None:
    path, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    save_gallery(path, Gallery.empty(encoder.name, encoder.dimension))
    below_a_file = path / "encodings.pkl"
    own = file_for(path, mirrored.name)
    learner = Learner(detector, mirrored, own, Quality.OFF, others=lambda: {below_a_file: encoder})
    with pytest.raises(OSError, match="encodings"):
        learner.learn("Eileen", "portrait.jpg", learner.examine(portrait))
    assert not own.exists()
