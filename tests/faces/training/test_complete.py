"""An added encoder learns everybody from the photographs, and nobody who was removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detect.hog import HogDetector
from lookout.faces.encode.mirrored import MirroredEncoder
from lookout.faces.engine import open_encoder
from lookout.faces.gallery.encodings_file import file_for, load_gallery, save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.examiner import PhotoExaminer
from lookout.faces.protocols import Encoder
from lookout.faces.training.complete import complete, lacking
from lookout.faces.training.train import train

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder("dlib-128", "cpu")


@pytest.fixture
def images(data: Path, tmp_path: Path) -> Path:
    root = tmp_path / "images"
    for person in ("Dad", "Mom"):
        (root / person).mkdir(parents=True)
        shutil.copy(data / "families" / f"Family1-{person}1.jpg", root / person / "1.jpg")
    return root


def test_the_photographs_of_the_portable_file_are_encoded_once(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    path, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    examiner = PhotoExaminer(HogDetector(0), mirrored)
    train(images, path, HogDetector(0), encoder)
    photos = lacking(path, images, mirrored.name)
    assert [(photo.name, photo.path.name) for photo in photos] == [
        ("Dad", "1.jpg"),
        ("Mom", "1.jpg"),
    ]
    assert complete(path, photos, examiner) == 2
    own, portable = (
        load_gallery(file_for(path, mirrored.name), mirrored),
        load_gallery(path, encoder),
    )
    assert own.names == portable.names
    assert [s.sha256 for s in own.samples] == [s.sha256 for s in portable.samples]
    assert lacking(path, images, mirrored.name) == []


def test_who_was_removed_meanwhile_is_not_added(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    path, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    train(images, path, HogDetector(0), encoder)
    photos = lacking(path, images, mirrored.name)
    portable = load_gallery(path, encoder)
    save_gallery(path, portable.take(np.array([name == "Mom" for name in portable.names])))
    complete(path, photos, PhotoExaminer(HogDetector(0), mirrored))
    assert load_gallery(file_for(path, mirrored.name), mirrored).names == ("Mom",)


def test_a_gallery_that_does_not_say_where_it_comes_from_takes_a_persons_photographs(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    path, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    rows = np.eye(2, 128, dtype=np.float32)
    save_gallery(path, Gallery(rows, ("Dad", "Nobody here"), "dlib-128"))
    photos = lacking(path, images, mirrored.name)
    assert [photo.name for photo in photos] == ["Dad"]
    complete(path, photos, PhotoExaminer(HogDetector(0), mirrored))
    assert load_gallery(file_for(path, mirrored.name), mirrored).names == ("Dad",)
    assert lacking(path, images, mirrored.name) == []
