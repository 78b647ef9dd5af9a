"""What was said of somebody stays said of them under another name, and goes when they go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.negatives import Negatives, beside, load_negatives, negatives_files
from lookout.faces.detections import Floats
from lookout.faces.engine import open_encoder
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.gallery.rejections import reject_encodings
from lookout.server.gallery.relabelling import (
    SETTING,
    Relabelled,
    Relabeller,
    applied,
    relabelled,
)
from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.sqlite.store import open_store
from tests.support.named_encoder import NamedEncoder


def axis(number: int) -> Floats:
    return np.asarray(np.eye(128, dtype=np.float32)[number], np.float32)


@pytest.mark.parametrize(
    ("before", "after", "people", "renamed", "gone"),
    [
        ({"1": "Ada"}, {"1": "Ada"}, "1", {}, set()),
        ({"1": "Ada"}, {"1": "Ada Lovelace"}, "1", {"Ada": "Ada Lovelace"}, set()),
        ({"1": "Ada"}, {"1": "Ada (7)", "2": "Ada (8)"}, "12", {"Ada": "Ada (7)"}, set()),
        ({"1": "Ada", "2": "Bob"}, {"2": "Bob"}, "2", {}, {"Ada"}),
        ({"1": "Ada", "2": "Bob"}, {"2": "Bob"}, "12", {}, set()),
        ({"1": "Ada (7)", "2": "Ada (8)"}, {"1": "Ada"}, "1", {"Ada (7)": "Ada"}, {"Ada (8)"}),
        ({}, {"1": "Ada"}, "1", {}, set()),
    ],
    ids=["same", "renamed", "namesake comes", "gone", "no samples left", "namesake goes", "new"],
)
def test_the_difference_of_two_moments(
    before: dict[str, str],
    after: dict[str, str],
    people: str,
    renamed: dict[str, str],
    gone: set[str],
) -> None:
    assert relabelled(before, after, set(people)) == Relabelled(renamed, frozenset(gone))


def test_two_people_who_swap_their_names_swap_what_was_said() -> None:
    said = Negatives("dlib-128").rejected("Ada", axis(0)[None], 1.0)
    said = said.rejected("Bob", axis(1)[None], 2.0).ignored(axis(2)[None], 3.0)
    swapped = applied(Relabelled({"Ada": "Bob", "Bob": "Ada"}, frozenset()), said)
    assert [item.name for item in swapped.items] == ["Bob", "Ada", ""]


@pytest.fixture
def encoder() -> Encoder:
    return open_encoder("dlib-128", "cpu")


def test_a_rejection_follows_its_person_through_the_store(tmp_path: Path, encoder: Encoder) -> None:
    file = tmp_path / "encodings.pkl"
    empty = Gallery.empty(encoder.name, encoder.dimension)

    def names() -> list[str]:
        return [item.name for item in load_negatives(beside(file), encoder.name).items]

    with open_store(tmp_path / "data", {}) as store:
        for number, name in enumerate(("Ada", "Bob")):
            store.people.add(Person(name.lower(), name, 1.0))
            sample = FaceSample(name, name.lower(), axis(number), encoder.name, "upload", 1.0)
            store.samples.add(sample)
        known = PeopleIndex(store, encoder, lambda: empty, relabel=Relabeller(file, store.settings))
        reject_encodings(file, encoder, "Ada", axis(5)[None], now_s=1.0)
        reject_encodings(file, encoder, "Bob", axis(6)[None], now_s=2.0)
        reject_encodings(file, encoder, "", axis(7)[None], now_s=3.0)
        store.people.update(Person("ada", "Ada Lovelace", 1.0))
        known.renew()
        assert names() == ["Ada Lovelace", "Bob", ""]
        known.forget_person("bob")
        assert names() == ["Ada Lovelace", ""]
        assert "Bob" not in beside(file).read_text()


def test_what_was_rejected_of_two_people_who_are_merged_is_kept_of_both_and_given_back(
    tmp_path: Path, encoder: Encoder
) -> None:
    file = tmp_path / "encodings.pkl"
    empty = Gallery.empty(encoder.name, encoder.dimension)
    with open_store(tmp_path / "data", {}) as store:
        for number, key in enumerate(("ann-1", "ann-2")):
            store.people.add(Person(key, "Ann", 1.0, key))
            store.samples.add(FaceSample(key, key, axis(number), encoder.name, "upload", 1.0))
        relabeller = Relabeller(file, store.settings)
        known = PeopleIndex(
            store, encoder, lambda: empty, relabel=relabeller, rejected_at=relabeller.times_of
        )
        reject_encodings(file, encoder, "Ann (ann-1)", axis(5)[None], now_s=1.0)
        reject_encodings(file, encoder, "Ann (ann-2)", axis(6)[None], now_s=2.0)
        merge = known.merge("ann-1", "ann-2")
        assert known.snapshot().by_label.names == ("Ann", "Ann")
        assert rejected_names(file, encoder) == ["Ann", "Ann"]
        known.take_back_merge(merge.id)
        assert rejected_names(file, encoder) == ["Ann (ann-1)", "Ann (ann-2)"]


def rejected_names(file: Path, encoder: Encoder) -> list[str]:
    return [item.name for item in load_negatives(beside(file), encoder.name).items]


def test_while_another_program_holds_the_gallery_the_wait_ends_and_the_change_is_made_later(
    tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "encodings.pkl"
    reject_encodings(file, encoder, "Ada", axis(5)[None], now_s=1.0)
    with open_store(tmp_path / "data", {}) as store:
        relabeller = Relabeller(file, store.settings, timeout_s=0.05)
        with only_writer(file):
            relabeller(Relabelled({"Ada": "Eve"}))
            relabeller(Relabelled({"Eve": "Eve Curie"}))
            relabeller(Relabelled())  # as each renewal does, twice a second
        assert "are not changed yet, and will be: another program" in caplog.text
        assert caplog.text.count("will be") == 2, "the retries are silent"
        assert [item.name for item in load_negatives(beside(file), encoder.name).items] == ["Ada"]
    with open_store(tmp_path / "data", {}) as store:  # the server was restarted meanwhile
        Relabeller(file, store.settings)(Relabelled())
        assert [item.name for item in load_negatives(beside(file), encoder.name).items] == [
            "Eve Curie"
        ]
        assert store.settings.get(SETTING) == []


def test_a_change_that_no_rejection_is_about_does_not_wait_for_anybody(
    tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "encodings.pkl"
    reject_encodings(file, encoder, "Ada", axis(5)[None], now_s=1.0)
    with open_store(tmp_path / "data", {}) as store, only_writer(file):
        Relabeller(file, store.settings)(Relabelled({"Bob": "Rob"}))
        assert store.settings.get(SETTING) is None
    assert caplog.text == ""


def test_who_is_forgotten_is_forgotten_in_what_waits_for_another_encoder(
    tmp_path: Path, encoder: Encoder
) -> None:
    file = tmp_path / "encodings.pkl"
    reject_encodings(file, NamedEncoder("old", 128), "Ada", axis(5)[None], now_s=1.0)
    reject_encodings(file, encoder, "Bob", axis(5)[None], now_s=1.0)
    with open_store(tmp_path / "data", {}) as store:
        Relabeller(file, store.settings)(Relabelled(gone=frozenset({"Ada"})))
    assert len(negatives_files(beside(file))) == 2
    assert all("Ada" not in path.read_text() for path in negatives_files(beside(file)))


def test_a_file_that_cannot_be_used_is_reported_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "encodings.pkl"
    beside(file).write_text("this is no JSON")
    with open_store(tmp_path / "data", {}) as store:
        Relabeller(file, store.settings)(Relabelled({"Ada": "Ada Lovelace"}))
        Relabeller(file, store.settings)(Relabelled())
    assert caplog.text.count("are not renamed") == 1
    assert beside(file).read_text() == "this is no JSON"
