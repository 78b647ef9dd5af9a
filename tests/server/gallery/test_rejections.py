"""What is said of faces, into the file beside the gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.negatives import beside, load_negatives
from lookout.faces.errors import BadPeople, GalleryBusy, GalleryDamaged
from lookout.faces.gallery.file_lock import only_writer
from lookout.server.gallery.editing import GalleryEditor
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.rejections import MAX_ENCODINGS, reject_encodings, take_back
from tests.support.named_encoder import NamedEncoder

TOY = NamedEncoder("toy", 2)


def looks(*places: float) -> np.ndarray:
    return np.array([[x, 0.0] for x in places], np.float32)


@pytest.fixture
def encodings(tmp_path: Path) -> Path:
    return tmp_path / "encodings.pkl"


def said(encodings: Path, encoder: str = "toy") -> list[tuple[str, str, int]]:
    negatives = load_negatives(beside(encodings), encoder)
    return [(one.words, one.where, one.looks) for one in negatives.rejections]


def test_a_diverse_few_looks_are_kept_and_the_last_word_can_be_taken_back(encodings: Path) -> None:
    track = looks(0.0, 0.01, 0.02, 0.2, 0.21, 0.5, 0.8, 1.1, 1.4, 1.7)
    first = reject_encodings(encodings, TOY, "Ada", track, where="door", now_s=5.0)
    assert first.looks == MAX_ENCODINGS
    reject_encodings(encodings, TOY, "", looks(0.3, 0.31), now_s=6.0)
    assert said(encodings) == [("not Ada", "door", MAX_ENCODINGS), ("to be ignored", "", 1)]
    assert take_back(encodings, TOY).ignore
    assert said(encodings) == [("not Ada", "door", MAX_ENCODINGS)]


def test_each_word_has_a_time_of_its_own_and_is_taken_back_by_it(encodings: Path) -> None:
    first = reject_encodings(encodings, TOY, "Ada", looks(0.0), now_s=5.0)
    second = reject_encodings(encodings, TOY, "Bob", looks(1.0), now_s=5.0)
    assert first.time_s != second.time_s
    assert take_back(encodings, TOY, first.time_s) == first
    assert said(encodings) == [("not Bob", "", 1)]
    with pytest.raises(BadPeople, match="nothing to take back"):
        take_back(encodings, TOY, first.time_s)


def test_with_nothing_said_there_is_nothing_to_take_back(encodings: Path) -> None:
    with pytest.raises(BadPeople, match="nothing to take back"):
        take_back(encodings, TOY)


def test_what_another_encoder_saw_is_set_aside(
    encodings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reject_encodings(encodings, NamedEncoder("old", 2), "Ada", looks(0.0), now_s=5.0)
    reject_encodings(encodings, TOY, "Bob", looks(0.0), now_s=6.0)
    assert said(encodings) == [("not Bob", "", 1)]
    assert "seen by old, not by toy" in caplog.text
    assert encodings.with_name("encodings.negatives.old.json").exists()
    assert len(load_negatives(beside(encodings), "old")) == 1


def test_what_an_encoder_saw_comes_back_with_it_however_often_the_encoder_changes(
    encodings: Path,
) -> None:
    old = NamedEncoder("old", 2)
    reject_encodings(encodings, old, "Ada", looks(0.0), now_s=5.0)
    reject_encodings(encodings, TOY, "Bob", looks(0.0), now_s=6.0)
    reject_encodings(encodings, NamedEncoder("a/third", 2), "Cy", looks(0.0), now_s=7.0)
    for encoder, name in ((old, "Ada"), (TOY, "Bob"), (old, "Ada")):
        assert NegativesWatch(encodings, encoder).negatives.encoder == encoder.name
        assert said(encodings, encoder.name) == [(f"not {name}", "", 1)]
    reject_encodings(encodings, old, "Dan", looks(1.0), now_s=8.0)
    assert said(encodings, "old") == [("not Ada", "", 1), ("not Dan", "", 1)]
    assert take_back(encodings, TOY).name == "Bob"
    assert said(encodings, "toy") == []
    assert len(said(encodings, "old")) == 2
    assert len(list(encodings.parent.glob("encodings.negatives*.json"))) == 3


def test_what_an_older_version_set_aside_comes_back_too(encodings: Path) -> None:
    old = NamedEncoder("old", 2)
    reject_encodings(encodings, old, "Ada", looks(0.0), now_s=5.0)
    beside(encodings).rename(encodings.with_name("encodings.negatives.before.json"))
    reject_encodings(encodings, TOY, "Bob", looks(0.0), now_s=6.0)
    assert len(NegativesWatch(encodings, old).negatives) == 1
    assert not encodings.with_name("encodings.negatives.before.json").exists()


def test_who_is_renamed_offline_is_renamed_in_what_waits_for_its_encoder(
    encodings: Path, tmp_path: Path
) -> None:
    reject_encodings(encodings, NamedEncoder("old", 2), "Ada", looks(0.0), now_s=5.0)
    reject_encodings(encodings, TOY, "Ada", looks(0.0), now_s=6.0)
    people = GalleryEditor(tmp_path / "images", encodings)
    (tmp_path / "images" / "Ada").mkdir(parents=True)
    people.rename("Ada", "Eve")
    assert said(encodings, "old") == said(encodings, "toy") == [("not Eve", "", 1)]
    people.undo()
    assert said(encodings, "old") == said(encodings, "toy") == [("not Ada", "", 1)]


def test_a_damaged_file_stays_as_it_is(encodings: Path) -> None:
    beside(encodings).write_bytes(b"{")
    with pytest.raises(GalleryDamaged):
        reject_encodings(encodings, TOY, "Ada", looks(0.0))
    assert beside(encodings).read_bytes() == b"{"


def test_one_writer_at_a_time(encodings: Path) -> None:
    with only_writer(encodings), pytest.raises(GalleryBusy):
        reject_encodings(encodings, TOY, "Ada", looks(0.0), timeout_s=0.05)
    assert said(encodings) == []
