"""A captured photograph is learnt by every encoder of the gallery."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.encode.mirrored import MirroredEncoder
from lookout.faces.gallery.encodings_file import file_for, load_gallery, save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.judgement import ONLY_ONE, Quality
from lookout.faces.protocols import Detector, Encoder
from lookout.server.enrolment.learner import Learner
from lookout.server.imaging.jpeg import encode_jpeg


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


def test_a_poor_photograph_is_kept_if_it_is_the_only_one_of_its_person(
    tmp_path: Path, detector: Detector, encoder: Encoder, portrait: bytes, portrait_bgr: Image
) -> None:
    path = tmp_path / "encodings.pkl"
    blurred = encode_jpeg(np.asarray(cv2.GaussianBlur(portrait_bgr, (0, 0), 2.5), np.uint8))
    for quality, only in ((Quality.STRICT, False), (Quality.STANDARD, True)):
        learner = Learner(detector, encoder, path, quality)
        verdict = learner.judge("Eileen", learner.examine(blurred))
        assert "blurred" in [reason.code for reason in verdict.reasons]
        assert verdict.only is only
        assert verdict.advice == (ONLY_ONE.message if only else "")
    learner.learn("Eileen", "portrait.jpg", learner.examine(portrait))
    assert not learner.judge("Eileen", learner.examine(blurred)).only


def test_a_poor_first_photograph_that_looks_like_somebody_else_is_not_kept(
    tmp_path: Path, detector: Detector, encoder: Encoder, portrait: bytes, portrait_bgr: Image
) -> None:
    learner = Learner(detector, encoder, tmp_path / "encodings.pkl")
    learner.learn("Eileen", "portrait.jpg", learner.examine(portrait))
    bright = encode_jpeg(np.asarray(portrait_bgr * 0.5 + 127, np.uint8))
    verdict = learner.judge("Ann", learner.examine(bright))
    assert {reason.code for reason in verdict.reasons} == {"too_bright", "looks_like_other"}
    assert not verdict.only
