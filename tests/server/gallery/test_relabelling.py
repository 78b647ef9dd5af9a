"""What was said of somebody stays said of them under another name, and goes when they go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.negatives import Negatives, beside, load_negatives
from lookout.faces.detections import Floats
from lookout.faces.engine import open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.gallery.rejections import reject_encodings
from lookout.server.gallery.relabelling import Relabelled, applied, relabel, relabelled
from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.sqlite.store import open_store


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
        known = PeopleIndex(
            store, encoder, lambda: empty, relabel=lambda change: relabel(change, file)
        )
        reject_encodings(file, encoder, "Ada", axis(5)[None], now_s=1.0)
        reject_encodings(file, encoder, "Bob", axis(6)[None], now_s=2.0)
        reject_encodings(file, encoder, "", axis(7)[None], now_s=3.0)
        store.people.update(Person("ada", "Ada Lovelace", 1.0))
        known.renew()
        assert names() == ["Ada Lovelace", "Bob", ""]
        known.forget_person("bob")
        assert names() == ["Ada Lovelace", ""]
        assert "Bob" not in beside(file).read_text()


def test_a_file_that_cannot_be_used_is_reported_and_left(
    tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "encodings.pkl"
    beside(file).write_text("this is no JSON")
    relabel(Relabelled({"Ada": "Ada Lovelace"}, frozenset()), file)
    assert "are not renamed" in caplog.text
    assert beside(file).read_text() == "this is no JSON"
