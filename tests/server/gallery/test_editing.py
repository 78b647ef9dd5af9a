"""Rearranging people: photographs and encodings together, undo, crash, and really forgetting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.checksum import sha256_of
from lookout.faces.decision.negatives import Negatives, beside, read_negatives, save_negatives
from lookout.faces.errors import BadPeople, GalleryBusy, GalleryDamaged, GalleryError
from lookout.faces.gallery.encodings_file import read_gallery, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.server.commands.people import main
from lookout.server.gallery import undo_log as journal
from lookout.server.gallery.editing import GalleryEditor

PHOTOS = {"Ada": ["1.jpg", "2.jpg"], "Grace": ["1.jpg"]}


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(tmp_path: Path, clock: Clock) -> GalleryEditor:
    """Ada with two photographs, Grace with one, and an encoding of each."""
    images = tmp_path / "images"
    rows: list[list[float]] = []
    names: list[str] = []
    samples: list[Sample] = []
    for name, files in PHOTOS.items():
        (images / name).mkdir(parents=True)
        for file in files:
            path = images / name / file
            path.write_bytes(f"{name} {file}".encode())
            rows.append([len(rows), 1.5])
            names.append(name)
            samples.append(Sample(file, sha256_of(path), 0.5, 1.0))
    encodings = tmp_path / "encodings.pkl"
    save_gallery(
        encodings, Gallery(np.array(rows, np.float32), tuple(names), "toy", tuple(samples))
    )
    return GalleryEditor(images, encodings, clock)


def state(people: GalleryEditor) -> tuple[dict[str, bytes], list[tuple[object, ...]]]:
    """Everything there is: the photographs by path, the encodings by name."""
    files = {
        str(path.relative_to(people.images)): path.read_bytes()
        for path in people.images.rglob("*")
        if path.is_file() and ".undo" not in path.parts
    }
    gallery = read_gallery(people.encodings)
    rows = sorted(
        zip(gallery.names, gallery.encodings[:, 0].tolist(), gallery.samples, strict=True)
    )
    return files, [row[:2] for row in rows]


OPERATIONS = {
    "rename": lambda people: people.rename("Ada", "Ada Lovelace"),
    "merge": lambda people: people.merge("Ada", "Grace"),
    "split": lambda people: people.split("Ada", "Grace", ["2.jpg"]),
    "remove": lambda people: people.remove("Ada"),
    "remove one": lambda people: people.remove("Ada", ["1.jpg"]),
}
AFTER = {
    "rename": [("Ada Lovelace", 0.0), ("Ada Lovelace", 1.0), ("Grace", 2.0)],
    "merge": [("Grace", 0.0), ("Grace", 1.0), ("Grace", 2.0)],
    "split": [("Ada", 0.0), ("Grace", 1.0), ("Grace", 2.0)],
    "remove": [("Grace", 2.0)],
    "remove one": [("Ada", 1.0), ("Grace", 2.0)],
}
FILES_AFTER = {
    "rename": ["Ada Lovelace/1.jpg", "Ada Lovelace/2.jpg", "Grace/1.jpg"],
    "merge": ["Grace/1-2.jpg", "Grace/1.jpg", "Grace/2.jpg"],
    "split": ["Ada/1.jpg", "Grace/1.jpg", "Grace/2.jpg"],
    "remove": ["Grace/1.jpg"],
    "remove one": ["Ada/2.jpg", "Grace/1.jpg"],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_photographs_and_encodings_change_together_and_undo_brings_both_back(
    people: GalleryEditor, name: str
) -> None:
    before = state(people)
    OPERATIONS[name](people)
    files, rows = state(people)
    assert sorted(files) == FILES_AFTER[name]
    assert rows == AFTER[name]
    people.undo()
    assert state(people) == before
    assert people.changes() == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_cut_short_is_taken_back_when_the_next_begins(
    people: GalleryEditor, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(people)

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(journal, "save_galleries", killed)
    monkeypatch.setattr(journal.Journal, "_take_back", killed)
    with pytest.raises(SystemExit):
        OPERATIONS[name](people)
    assert state(people) != before
    monkeypatch.undo()
    assert people.changes() == []
    assert state(people) == before


def test_what_fails_is_taken_back_at_once(
    people: GalleryEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(people)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "forget", full)
    with pytest.raises(OSError, match="No space"):
        people.remove("Ada")
    assert state(people) == before


def test_the_removed_are_really_gone_when_the_time_to_undo_is_over(
    people: GalleryEditor, clock: Clock, tmp_path: Path
) -> None:
    secret = (people.images / "Ada" / "1.jpg").read_bytes()
    people.remove("Ada")
    clock.now += journal.KEEP_S - 1
    assert [change.words for change in people.changes()] == ["removed Ada"]
    clock.now += 2
    assert journal.forget_old(people.images, people.encodings, clock()) == 1
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert everything
    assert not any(
        secret in path.read_bytes() or b"Ada" in path.read_bytes() for path in everything
    )
    with pytest.raises(BadPeople, match="nothing to undo"):
        people.undo()


def test_what_was_learnt_since_stays_where_it_was_learnt(people: GalleryEditor) -> None:
    people.rename("Ada", "Ada Lovelace")
    gallery = read_gallery(people.encodings)
    new = np.array([[9.0, 1.5]], np.float32)
    save_gallery(people.encodings, gallery.added("Grace", new))
    people.undo()
    assert state(people)[1] == [("Ada", 0.0), ("Ada", 1.0), ("Grace", 2.0), ("Grace", 9.0)]


def test_the_same_picture_is_kept_once_when_two_names_are_merged(people: GalleryEditor) -> None:
    (people.images / "Grace" / "same.jpg").write_bytes(b"Ada 1.jpg")
    people.merge("Ada", "Grace")
    assert sorted(state(people)[0]) == ["Grace/1.jpg", "Grace/2.jpg", "Grace/same.jpg"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (lambda people: people.rename("Ada", "Grace"), "Grace exists already"),
        (lambda people: people.rename("Bob", "Eve"), "nobody called 'Bob'"),
        (lambda people: people.rename("Ada", "../etc"), "cannot contain /"),
        (lambda people: people.remove("../images"), "nobody called"),
        (lambda people: people.merge("Ada", "Ada"), "cannot be merged"),
        (lambda people: people.split("Ada", "Grace", ["7.jpg"]), "no photograph '7.jpg'"),
        (lambda people: people.undo(), "nothing to undo"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    people: GalleryEditor, operation: Callable[[GalleryEditor], object], message: str
) -> None:
    before = state(people)
    with pytest.raises(BadPeople, match=message):
        operation(people)
    assert state(people) == before


def test_one_writer_waits_for_the_other_and_says_so(people: GalleryEditor) -> None:
    with (
        only_writer(people.encodings),
        pytest.raises(GalleryBusy, match="another program"),
        only_writer(people.encodings, timeout_s=0.05),
    ):
        pytest.fail("two writers at once")
    people.remove("Ada")


def test_the_command_says_what_it_did(
    people: GalleryEditor, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--images", str(people.images), "--encodings", str(people.encodings)]
    assert main([*where, "list"]) == 0
    assert "Ada               2          2" in capsys.readouterr().out
    assert main([*where, "rename", "Ada", "Ada Lovelace"]) == 0
    assert main([*where, "undo", "--list"]) == 0
    assert "renamed Ada to Ada Lovelace" in capsys.readouterr().out
    assert main([*where, "remove", "Nobody"]) == 2
    assert "nobody called 'Nobody'" in capsys.readouterr().err


def at(*places: float) -> NDArray[np.float32]:
    return np.array([[x, 2.5] for x in places], np.float32)


@pytest.fixture
def rejecting(people: GalleryEditor) -> GalleryEditor:
    """Two faces of one stranger are not Ada, one is not Grace, one is to be ignored."""
    said = Negatives("toy").rejected("Ada", at(0.1, 0.2), 5.0, "door").rejected("Grace", at(1), 6.0)
    save_negatives(beside(people.encodings), said.ignored(at(2), 7.0))
    return people


def said(people: GalleryEditor) -> list[tuple[object, ...]]:
    return [(one.words, one.time_s, one.where, one.looks) for one in people.rejected()]


NOT_ADA, NOT_GRACE = ("not Ada", 5.0, "door", 2), ("not Grace", 6.0, "", 1)
IGNORED = ("to be ignored", 7.0, "", 1)
SAID_AFTER = {
    "rename": [("not Ada Lovelace", 5.0, "door", 2), NOT_GRACE, IGNORED],
    "merge": [("not Grace", 5.0, "door", 2), NOT_GRACE, IGNORED],
    "split": [NOT_ADA, NOT_GRACE, IGNORED],
    "remove": [NOT_GRACE, IGNORED],
    "remove one": [NOT_ADA, NOT_GRACE, IGNORED],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_was_said_of_faces_follows_the_names_and_undo_brings_it_back(
    rejecting: GalleryEditor, name: str
) -> None:
    before = read_negatives(beside(rejecting.encodings))
    OPERATIONS[name](rejecting)
    assert said(rejecting) == SAID_AFTER[name]
    rejecting.undo()
    assert said(rejecting) == [NOT_ADA, NOT_GRACE, IGNORED]
    after = read_negatives(beside(rejecting.encodings))
    assert before is not None
    assert after is not None
    assert [i.encoding.tolist() for i in after.items] == [i.encoding.tolist() for i in before.items]


def test_what_was_said_since_a_change_stays_when_it_is_undone(rejecting: GalleryEditor) -> None:
    rejecting.rename("Ada", "Ada Lovelace")
    path = beside(rejecting.encodings)
    negatives = read_negatives(path)
    assert negatives is not None
    save_negatives(path, negatives.rejected("Ada Lovelace", at(3), 8.0))
    rejecting.undo()
    assert said(rejecting) == [
        NOT_ADA,
        NOT_GRACE,
        IGNORED,
        ("not Ada Lovelace", 8.0, "", 1),
    ]


def test_one_rejection_is_taken_back_by_its_number_and_undo_brings_it_back(
    rejecting: GalleryEditor,
) -> None:
    assert rejecting.unreject(2) == "took back: not Grace"
    assert said(rejecting) == [NOT_ADA, IGNORED]
    assert rejecting.unreject() == "took back: to be ignored"
    assert said(rejecting) == [NOT_ADA]
    rejecting.undo()
    rejecting.undo()
    assert said(rejecting) == [NOT_ADA, NOT_GRACE, IGNORED]


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_rejection_that_is_not_there_cannot_be_taken_back(
    rejecting: GalleryEditor, number: int
) -> None:
    with pytest.raises(BadPeople, match="no such rejection"):
        rejecting.unreject(number)
    assert len(said(rejecting)) == 3


def test_undo_does_not_mix_the_faces_of_two_encoders(rejecting: GalleryEditor) -> None:
    rejecting.remove("Ada")
    other = Negatives("another").ignored(np.zeros((1, 3), np.float32), 9.0)
    save_negatives(beside(rejecting.encodings), other)
    rejecting.undo()
    assert said(rejecting) == [("to be ignored", 9.0, "", 1)]


def test_the_command_lists_what_was_said_and_takes_it_back(
    rejecting: GalleryEditor, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--images", str(rejecting.images), "--encodings", str(rejecting.encodings)]
    assert main([*where, "rejected"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("   1  ")
    assert lines[0].endswith("  not Ada  (door, 2 looks)")
    assert lines[2].endswith("  to be ignored  (1 look)")
    assert main([*where, "unreject", "3"]) == 0
    assert "took back: to be ignored" in capsys.readouterr().out
    assert main([*where, "unreject", "3"]) == 2
    assert "no such rejection" in capsys.readouterr().err


YEAR_S = 365 * 86400.0


def test_a_clock_that_is_years_ahead_deletes_nothing_until_it_is_said_to_be_right(
    people: GalleryEditor, clock: Clock
) -> None:
    people.remove("Ada")
    assert journal.forget_old(people.images, people.encodings, clock()) == 0
    for wrong_s in (clock() + 3 * YEAR_S, clock() + 8 * 86400.0):
        with pytest.raises(GalleryError, match=r"clock is \d+ days ahead of the last run"):
            journal.forget_old(people.images, people.encodings, wrong_s)
    in_the_past_s = clock() - 2 * YEAR_S
    assert journal.forget_old(people.images, people.encodings, in_the_past_s) == 0
    clock.now += 86400.0
    assert journal.forget_old(people.images, people.encodings, clock()) == 0
    assert len(list((people.images / ".undo").glob("*/change.json"))) == 1
    clock.now += 4 * YEAR_S
    count = journal.forget_old(people.images, people.encodings, clock(), clock_is_right=True)
    assert count == 1


@pytest.mark.parametrize(
    "note", [b"[" * 5000 + b"]" * 5000, b"{}", b"[]", b"not JSON", b'{"number": NaN}', b"\xff"]
)
def test_a_damaged_note_of_a_change_is_one_line_that_names_the_file(
    people: GalleryEditor, note: bytes
) -> None:
    people.remove("Ada")
    (file,) = (people.images / ".undo").glob("*/change.json")
    file.write_bytes(note)
    with pytest.raises(GalleryDamaged, match=r"change\.json is no note of a change"):
        people.changes()
