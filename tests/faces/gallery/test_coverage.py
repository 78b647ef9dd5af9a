"""The encoder that recognizes is the preferred one that knows everybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.gallery.coverage import Coverage, encoder_for, most_known
from lookout.faces.gallery.encodings_file import file_for, save_gallery
from lookout.faces.gallery.gallery import Gallery

WANTED = ("sface", "dlib-128")


@pytest.mark.parametrize(
    ("known", "chosen"),
    [
        ({"sface": "", "dlib-128": ""}, Coverage("sface")),
        ({"sface": "AB", "dlib-128": "AB"}, Coverage("sface")),
        ({"sface": "ABC", "dlib-128": "AB"}, Coverage("sface")),
        ({"sface": "A", "dlib-128": "AB"}, Coverage("dlib-128")),
        ({"sface": "AC", "dlib-128": "B"}, Coverage("sface", ("B",))),
        ({"sface": "A", "dlib-128": "BC"}, Coverage("dlib-128", ("A",))),
        ({"sface": "A", "dlib-128": "B"}, Coverage("sface", ("B",))),
    ],
)
def test_who_knows_most_recognizes_and_equals_go_by_preference(
    known: dict[str, str], chosen: Coverage
) -> None:
    assert most_known(known)[0] == chosen


def saved(path: Path, encoder: str, *names: str) -> None:
    rows = np.eye(len(names), 4, dtype=np.float32)
    save_gallery(path, Gallery(rows, names, encoder))


def test_an_old_gallery_goes_on_being_recognized_by_its_encoder(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    assert encoder_for(path, WANTED) == Coverage("sface")
    saved(path, "dlib-128", "Ada", "Bob")
    assert encoder_for(path, WANTED) == Coverage("dlib-128")
    saved(file_for(path, "sface"), "sface", "Ada")
    assert encoder_for(path, WANTED) == Coverage("dlib-128")
    saved(file_for(path, "sface"), "sface", "Ada", "Bob")
    assert encoder_for(path, WANTED) == Coverage("sface")


def test_a_gallery_of_an_encoder_that_is_not_asked_for_is_recognized_by_it(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    saved(path, "arcface", "Ada")
    assert encoder_for(path, WANTED) == Coverage("arcface")


def test_people_of_the_store_count(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    saved(file_for(path, "sface"), "sface", "Ada")
    stored = {"dlib-128": ["Ada", "Bob"], "sface": []}
    assert encoder_for(path, WANTED, lambda _: stored) == Coverage("dlib-128")
