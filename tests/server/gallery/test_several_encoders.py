"""One gallery with the encodings of two encoders: what is done to people is done in both files."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.checksum import sha256_of
from lookout.faces.decision.negatives import (
    Negatives,
    beside,
    load_negatives,
    save_negatives,
    waiting_file,
)
from lookout.faces.errors import GalleryBusy
from lookout.faces.gallery.coverage import Coverage, coverages
from lookout.faces.gallery.encodings_file import file_for, files_of, load_gallery, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.server.gallery.editing import GalleryEditor
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.gallery.people_snapshot import names_known, names_taken_over
from lookout.server.gallery.row_removal import drop_rows, galleries_of
from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.sqlite.store import open_store
from lookout.server.storage.store import Store
from tests.support.named_encoder import NamedEncoder

DLIB, OTHER = NamedEncoder(), NamedEncoder("other", 2, 1.0)


@pytest.fixture
def people(tmp_path: Path) -> GalleryEditor:
    """Ada and Bob with a photograph each, encoded by both encoders."""
    names, samples = ("Ada", "Bob"), []
    for name in names:
        photo = tmp_path / "images" / name / "1.jpg"
        photo.parent.mkdir(parents=True)
        photo.write_bytes(name.encode())
        samples.append(Sample("1.jpg", sha256_of(photo), 0.5, 1.0))
    path = tmp_path / "encodings.pkl"
    for encoder in (DLIB, OTHER):
        rows = np.eye(2, encoder.dimension, dtype=np.float32)
        save_gallery(
            file_for(path, encoder.name), Gallery(rows, names, encoder.name, tuple(samples))
        )
    return GalleryEditor(tmp_path / "images", path)


def known(people: GalleryEditor) -> list[tuple[str, ...]]:
    return [
        load_gallery(file_for(people.encodings, encoder.name), encoder).names
        for encoder in (DLIB, OTHER)
    ]


def test_dlibs_encodings_are_the_portable_file_and_others_stand_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    assert file_for(path, "dlib-128") == path
    assert file_for(path, "sface+reid-0095") == tmp_path / "encodings.sface+reid-0095.pkl"


def test_a_portable_file_of_another_encoder_goes_on_working(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    rows = np.eye(2, dtype=np.float32)
    save_gallery(path, Gallery(rows, ("Ada", "Bob"), "other"))
    assert file_for(path, "other") == path
    assert load_gallery(file_for(path, "other"), OTHER).names == ("Ada", "Bob")
    save_gallery(tmp_path / "encodings.other.pkl", Gallery(rows, ("Ada", "Cy"), "other"))
    assert load_gallery(file_for(path, "other"), OTHER).names == ("Ada", "Cy")


def test_a_file_that_another_program_wrote_is_no_file_of_an_encoder(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    for name in ("encodings.pkl", "encodings.other.pkl", "encodings.other-1.pkl"):
        (tmp_path / name).touch()
    assert files_of(path) == [path, tmp_path / "encodings.other.pkl"]


def test_all_encoders_files_have_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    with (
        only_writer(file_for(path, "other")),
        pytest.raises(GalleryBusy),
        only_writer(path, timeout_s=0.05),
    ):
        pass


def test_a_change_of_people_and_its_undo_reach_every_encoder(people: GalleryEditor) -> None:
    people.rename("Ada", "Ada Lovelace")
    assert known(people) == [("Ada Lovelace", "Bob")] * 2
    people.remove("Bob")
    assert known(people) == [("Ada Lovelace",)] * 2
    people.undo()
    people.undo()
    assert [sorted(names) for names in known(people)] == [["Ada", "Bob"]] * 2


def test_rejections_of_every_encoder_follow_a_name_and_are_taken_back(
    people: GalleryEditor,
) -> None:
    for time_s, encoder in enumerate((DLIB, OTHER)):
        path = beside(people.encodings)
        if encoder is OTHER:
            path = waiting_file(path, encoder.name)
        rows = np.ones((1, encoder.dimension), np.float32)
        save_negatives(path, Negatives(encoder.name).rejected("Ada", rows, float(time_s)))
    people.rename("Ada", "Ada Lovelace")
    assert [said.words for said in people.rejected()] == ["not Ada Lovelace"] * 2
    people.unreject()
    assert not len(load_negatives(beside(people.encodings), "other"))
    people.undo()
    assert len(people.rejected()) == 2


def test_of_two_encoders_rejections_at_one_moment_only_the_chosen_is_taken_back(
    people: GalleryEditor,
) -> None:
    path = beside(people.encodings)
    for file, encoder, name in (
        (path, DLIB, "Ada"),
        (waiting_file(path, "other"), OTHER, "Bob"),
    ):
        rows = np.ones((1, encoder.dimension), np.float32)
        save_negatives(file, Negatives(encoder.name).rejected(name, rows, 1.0))
    people.unreject(1)
    assert [said.words for said in people.rejected()] == ["not Bob"]


def test_who_is_forgotten_in_the_store_is_forgotten_by_every_encoder(
    people: GalleryEditor, tmp_path: Path
) -> None:
    gallery = load_gallery(file_for(people.encodings, "other"), OTHER)
    with open_store(tmp_path / "data", {}) as store:
        index = PeopleIndex(
            store,
            OTHER,
            lambda: load_gallery(file_for(people.encodings, "other"), OTHER),
            functools.partial(drop_rows, people.encodings, OTHER),
        )
        assert index.snapshot().by_label.names == gallery.names
        index.forget_person(store.people.find_by_name("Ada")[0].id)
    assert known(people) == [("Bob",)] * 2


def test_a_person_whom_the_store_has_renamed_is_the_same_for_another_encoder(
    people: GalleryEditor, tmp_path: Path
) -> None:
    with open_store(tmp_path / "data", {}) as store:
        for encoder in (DLIB, OTHER):
            gallery = load_gallery(file_for(people.encodings, encoder.name), encoder)
            index = PeopleIndex(store, encoder, lambda gallery=gallery: gallery)  # type: ignore[misc]
            if encoder is DLIB:
                (ada,) = store.people.find_by_name("Ada")
                store.people.update(Person(ada.id, "Ada Lovelace", ada.created_at))
        assert index.snapshot().by_label.names == ("Ada Lovelace", "Bob")
        assert store.people.count() == 2


def index_of(people: GalleryEditor, store: Store, encoder: NamedEncoder) -> PeopleIndex:
    return PeopleIndex(
        store,
        encoder,
        lambda: load_gallery(file_for(people.encodings, encoder.name), encoder),
        functools.partial(drop_rows, people.encodings, encoder),
        all_files=functools.partial(galleries_of, people.encodings),
    )


def test_who_leaves_the_files_leaves_the_store_for_every_encoder(
    people: GalleryEditor, tmp_path: Path
) -> None:
    with open_store(tmp_path / "data", {}) as store:
        index_of(people, store, DLIB)
        index = index_of(people, store, OTHER)
        people.remove("Bob")
        index.renew()
        assert names_taken_over(store, DLIB.name) == names_taken_over(store, OTHER.name) == {"Ada"}
        (ada,) = (s for s, _ in store.samples.owners(DLIB.name))
        index.forget_samples([sample for sample, _ in store.samples.owners(OTHER.name)])
        assert not store.samples.many([ada])


def test_whom_the_store_calls_otherwise_is_known_by_the_name_in_the_file(
    people: GalleryEditor, tmp_path: Path
) -> None:
    with open_store(tmp_path / "data", {}) as store:
        index_of(people, store, DLIB)
        (ada,) = store.people.find_by_name("Ada")
        store.people.update(Person(ada.id, "Ada Lovelace", ada.created_at))
        row = np.ones(DLIB.dimension, np.float32)
        store.samples.add(FaceSample("s1", ada.id, row, DLIB.name, "upload", 1.0))
        in_files = {DLIB.name: {"Ada", "Bob"}, OTHER.name: {"Ada", "Bob"}}
        assert names_known(store, in_files) == {
            DLIB.name: {"Ada Lovelace"},
            OTHER.name: {"Ada Lovelace"},
        }
        assert names_known(store, in_files | {OTHER.name: set()})[OTHER.name] == set()


def test_what_the_store_holds_of_a_file_counts_only_while_it_is_in_the_file(
    people: GalleryEditor, tmp_path: Path
) -> None:
    with open_store(tmp_path / "data", {}) as store:
        index_of(people, store, DLIB)
        people.remove("Bob")
        chosen = coverages(
            people.encodings, (OTHER.name, DLIB.name), lambda known: names_known(store, known)
        )
        assert chosen[0] == Coverage(OTHER.name)
