"""What is said of faces, into the file beside the gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.negatives import beside, load_negatives
from lookout.faces.errors import BadPeople, GalleryBusy, GalleryDamaged
from lookout.faces.gallery.file_lock import only_writer
from lookout.server.gallery.rejections import MAX_ENCODINGS, reject_encodings, take_back
from tests.support.named_encoder import NamedEncoder

TOY = NamedEncoder("toy", 2)


def looks(*places: float) -> np.ndarray:
    return np.array([[x, 0.0] for x in places], np.float32)


@pytest.fixture
def encodings(tmp_path: Path) -> Path:
    return tmp_path / "encodings.pkl"


def said(encodings: Path) -> list[tuple[str, str, int]]:
    negatives = load_negatives(beside(encodings), "toy")
    return [(one.words, one.where, one.looks) for one in negatives.rejections]


def test_a_diverse_few_looks_are_kept_and_the_last_word_can_be_taken_back(encodings: Path) -> None:
    track = looks(0.0, 0.01, 0.02, 0.2, 0.21, 0.5, 0.8, 1.1, 1.4, 1.7)
    first = reject_encodings(encodings, TOY, "Ada", track, where="door", now_s=5.0)
    assert first.looks == MAX_ENCODINGS
    reject_encodings(encodings, TOY, "", looks(0.3, 0.31), now_s=6.0)
    assert said(encodings) == [("not Ada", "door", MAX_ENCODINGS), ("to be ignored", "", 1)]
    assert take_back(encodings).ignore
    assert said(encodings) == [("not Ada", "door", MAX_ENCODINGS)]


def test_each_word_has_a_time_of_its_own_and_is_taken_back_by_it(encodings: Path) -> None:
    first = reject_encodings(encodings, TOY, "Ada", looks(0.0), now_s=5.0)
    second = reject_encodings(encodings, TOY, "Bob", looks(1.0), now_s=5.0)
    assert first.time_s != second.time_s
    assert take_back(encodings, first.time_s) == first
    assert said(encodings) == [("not Bob", "", 1)]
    with pytest.raises(BadPeople, match="nothing to take back"):
        take_back(encodings, first.time_s)


def test_with_nothing_said_there_is_nothing_to_take_back(encodings: Path) -> None:
    with pytest.raises(BadPeople, match="nothing to take back"):
        take_back(encodings)


def test_what_another_encoder_saw_is_set_aside(
    encodings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reject_encodings(encodings, NamedEncoder("old", 2), "Ada", looks(0.0), now_s=5.0)
    reject_encodings(encodings, TOY, "Bob", looks(0.0), now_s=6.0)
    assert said(encodings) == [("not Bob", "", 1)]
    assert "seen by old, not by toy" in caplog.text
    aside = encodings.with_name("encodings.negatives.before.json")
    assert len(load_negatives(aside, "old")) == 1


def test_a_damaged_file_stays_as_it_is(encodings: Path) -> None:
    beside(encodings).write_bytes(b"{")
    with pytest.raises(GalleryDamaged):
        reject_encodings(encodings, TOY, "Ada", looks(0.0))
    assert beside(encodings).read_bytes() == b"{"


def test_one_writer_at_a_time(encodings: Path) -> None:
    with only_writer(encodings), pytest.raises(GalleryBusy):
        reject_encodings(encodings, TOY, "Ada", looks(0.0), timeout_s=0.05)
    assert said(encodings) == []
