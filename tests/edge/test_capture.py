"""Photographs for enrolment: what is saved, under which name, and what the server answers."""

from __future__ import annotations

import errno
import os
import threading
import time
import unicodedata
from pathlib import Path

import pytest

from benchmarks.support.waiting import wait_until
from lookout.edge.cameras.jpeg import MAX_JPEG_BYTES
from lookout.edge.capture import MOST_HELD, Capture, HeldShotGone, NoPicture, Outcome
from lookout.edge.frame import Frame
from lookout.edge.photo_outbox import PhotoOutbox
from lookout.edge.photos import NotSaved, PhotoState, PhotoStore, stamp_of
from lookout.edge.slot import Slot
from lookout.names import BadName, clean_name
from lookout.wire.records import VerdictReason
from tests.support.edge_fakes import Opinion, picture

DARK = VerdictReason("too_dark", "The picture is too dark.")
MOMENT = 1795343400.123  # 2026-11-22 10:30:00.123 UTC


class CaptureSetup:
    """A Capture with everything around it."""

    def __init__(self, folder: Path, reasons: tuple[VerdictReason, ...] | None = ()) -> None:
        self.folder = folder
        self.frames: Slot[Frame] = Slot()
        self.frames.put(Frame(picture(7), 7, time.time()))
        self.server = Opinion(reasons)
        self.store = PhotoStore(folder)
        self.woken = threading.Event()
        self.capture = Capture(self.frames, self.store, self.server, self.woken.set)

    def files(self) -> list[str]:
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*.*"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann", "Ann"),
        ("  Ann \t Lee ", "Ann Lee"),
        ("O'Brien-Sánchez", "O'Brien-Sánchez"),
        ("Zoe\u0308", "Zoë"),
        ("王小明", "王小明"),
        ("محمد", "محمد"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("नेहा", "नेहा"),
        ("J. R. R.", "J. R. R."),
        ("王" * 64, "王" * 64),
    ],
)
def test_a_name_may_be_whatever_a_person_is_called(typed: str, stored: str) -> None:
    assert clean_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Type a name"),
        ("   ", "Type a name"),
        ("a" * 65, "too long"),
        ("👩🏽\u200d🚀" * 16, "too long"),
        ("../../etc", "/"),
        ("a\\b", "/"),
        ("..", "dot"),
        (".hidden", "dot"),
        ("Ann\u202egnp", "invisible"),
        ("Ann\x00", "invisible"),
        ("Ann\u200b", "invisible"),
        ("\u200dAnn", "invisible"),
        ("Ann\ud800", "invisible"),
        ("---", "letter"),
        ("unknown", "Unknown"),
    ],
)
def test_path_tricks_and_invisible_letters_are_refused_with_a_message(
    typed: str, message: str
) -> None:
    with pytest.raises(BadName, match=message):
        clean_name(typed)


def test_a_good_shot_is_saved_as_the_camera_gave_it_under_its_time(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path)
    shot = setup.capture.take(" Zoe\u0308 ")
    newest = setup.frames.newest()
    assert newest is not None
    filename = f"{stamp_of(newest[1].captured_at)}.jpg"
    assert (shot.outcome, shot.path) == (Outcome.SAVED, f"Zoë/{filename}")
    assert (tmp_path / "Zoë" / filename).read_bytes() == picture(7)
    assert setup.server.seen == [("Zoë", filename, picture(7), False)]
    assert setup.files() == [f"Zoë/{filename}"]


def test_the_time_in_a_file_name_is_utc_with_milliseconds() -> None:
    assert stamp_of(MOMENT) == "20261122T103000.123Z"


def test_a_poor_shot_is_explained_and_saved_only_when_asked_for(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path, (DARK,))
    shot = setup.capture.take("Ann")
    assert (shot.outcome, shot.reasons) == (Outcome.POOR, (DARK,))
    assert setup.files() == []
    assert shot.id
    kept = setup.capture.keep(shot.id)
    assert kept.outcome is Outcome.SAVED
    assert kept.path
    assert kept.path.endswith("Z.keep.jpg")
    assert (tmp_path / kept.path).read_bytes() == picture(7)
    assert setup.woken.is_set()
    with pytest.raises(HeldShotGone, match="take a new one"):
        setup.capture.keep(shot.id)


def test_what_the_server_advises_is_said_with_the_good_news(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path)
    setup.server.advice = "There are now 11 photographs of Ann, more than help."
    shot = setup.capture.take("Ann")
    assert shot.message == f"Saved. A good photograph of Ann. {setup.server.advice}"


def test_a_poor_shot_that_the_server_keeps_as_the_only_one_is_saved_with_its_reasons(
    tmp_path: Path,
) -> None:
    setup = CaptureSetup(tmp_path, (DARK,))
    setup.server.keeps_poor, setup.server.advice = True, "There is no better one."
    shot = setup.capture.take("Ann")
    assert (shot.outcome, shot.reasons, shot.id) == (Outcome.SAVED, (DARK,), None)
    assert shot.message == "Saved for Ann. There is no better one."
    assert [f"{shot.path}"] == setup.files()
    assert list(setup.store.waiting()) == []


def test_a_photograph_that_adds_nothing_is_not_called_poor(tmp_path: Path) -> None:
    shot = CaptureSetup(tmp_path, (VerdictReason("enough", "There are 10 already."),)).capture.take(
        "Ann"
    )
    assert shot.outcome is Outcome.POOR
    assert "would add nothing" in shot.message


def test_only_the_newest_poor_shots_are_held(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path, (DARK,))
    shots = [setup.capture.take("Ann") for _ in range(MOST_HELD + 1)]
    with pytest.raises(HeldShotGone):
        setup.capture.keep(shots[0].id or "")
    assert setup.capture.keep(shots[1].id or "").outcome is Outcome.SAVED


def test_with_the_server_down_a_shot_is_saved_and_marked(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path, reasons=None)
    shot = setup.capture.take("Ann")
    assert shot.outcome is Outcome.UNCHECKED
    assert "not checked" in shot.message
    assert [name.endswith("Z.unchecked.jpg") for name in setup.files()] == [True]


def test_a_good_shot_that_the_server_cannot_keep_is_offered_again_later(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path)
    setup.server.can_keep = False
    assert setup.capture.take("Ann").outcome is Outcome.UNCHECKED
    assert [photo.state for photo in setup.store.waiting()] == [PhotoState.UNCHECKED]


def test_an_old_picture_of_a_stopped_camera_is_not_taken(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path)
    setup.frames.put(Frame(picture(8), 8, time.time(), time.monotonic() - 60))
    with pytest.raises(NoPicture, match="nothing was saved"):
        setup.capture.take("Ann")
    assert setup.files() == []


@pytest.mark.parametrize(
    ("number", "message"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "may not write")],
)
def test_a_disk_that_refuses_is_explained_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    setup = CaptureSetup(tmp_path)

    def refuse(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(NotSaved, match=message):
        setup.capture.take("Ann")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_a_poor_shot_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = CaptureSetup(tmp_path, (DARK,))
    shot = setup.capture.take("Ann")

    def refuse(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(NotSaved):
            setup.capture.keep(shot.id or "")
    assert setup.capture.keep(shot.id or "").outcome is Outcome.SAVED


def test_a_folder_in_another_unicode_form_is_the_same_person(tmp_path: Path) -> None:
    decomposed = tmp_path / unicodedata.normalize("NFD", "Zoë")
    decomposed.mkdir()
    setup = CaptureSetup(tmp_path)
    setup.capture.take("Zoë")
    assert list(tmp_path.iterdir()) == [decomposed]
    assert len(list(decomposed.iterdir())) == 1


def test_other_capitals_are_the_same_person(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path)
    setup.capture.take("Ada")
    assert setup.capture.take("ADA").name == "Ada"
    assert [folder.name for folder in tmp_path.iterdir()] == ["Ada"]
    assert {name for name, _, _, _ in setup.server.seen} == {"Ada"}


def test_photographs_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        photo = PhotoStore(tmp_path / "images").save("Ann", picture(1), MOMENT, PhotoState.DONE)
    finally:
        os.umask(before)
    modes = [path.stat().st_mode & 0o777 for path in (photo.path, photo.folder)]
    assert modes == [0o600, 0o700]
    assert (tmp_path / "images").stat().st_mode & 0o777 == 0o700


def test_a_clock_that_gives_a_moment_twice_costs_no_photograph(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    paths = {store.save("Ann", picture(n), MOMENT, PhotoState.DONE).path for n in (1, 2, 3)}
    again = store.save("Ann", picture(1), MOMENT, PhotoState.DONE)
    assert len(paths) == 3
    assert again.path in paths
    assert {path.read_bytes() for path in paths} == {picture(1), picture(2), picture(3)}


@pytest.mark.parametrize("jump_s", [-50 * 365 * 86400.0, 3 * 365 * 86400.0])
def test_a_wall_clock_that_jumped_does_not_stop_the_button(tmp_path: Path, jump_s: float) -> None:
    setup = CaptureSetup(tmp_path)
    setup.frames.put(Frame(picture(8), 8, time.time() + jump_s))
    assert setup.capture.take("Ann").outcome is Outcome.SAVED


def test_photographs_that_wait_have_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookout.edge.photos.MOST_WAITING", 2)
    setup = CaptureSetup(tmp_path, reasons=None)
    for _ in range(2):
        setup.frames.put(Frame(picture(8), 8, time.time()))
        setup.capture.take("Ann")
    with pytest.raises(NotSaved, match="are waiting for the server already"):
        setup.capture.take("Ann")
    assert len(setup.files()) == 2


def test_a_file_that_is_too_large_is_not_read_into_memory(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    huge = tmp_path / "Ann" / "20261122T103000.123Z.unchecked.jpg"
    huge.parent.mkdir()
    with huge.open("wb") as file:
        file.truncate(MAX_JPEG_BYTES + 1)  # no byte of it is on the disk
    server = Opinion()
    outbox = PhotoOutbox(store, server, server.is_online)
    outbox.start()
    try:
        wait_until(lambda: outbox.status().poor == 1)
    finally:
        outbox.stop()
    assert server.seen == []


def test_what_a_power_cut_left_half_written_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "Ann").mkdir()
    (tmp_path / "Ann" / ".20261122T103000.123Z.part").write_bytes(b"\xff\xd8")
    (tmp_path / "Ann" / "mine.jpg").write_bytes(picture(1))
    PhotoStore(tmp_path).sweep()
    assert [path.name for path in (tmp_path / "Ann").iterdir()] == ["mine.jpg"]


def test_waiting_photographs_are_judged_when_the_server_returns(tmp_path: Path) -> None:
    setup = CaptureSetup(tmp_path, reasons=None)
    setup.capture.take("Ann")
    outbox = PhotoOutbox(setup.store, setup.server, setup.server.is_online)
    outbox.start()
    try:
        wait_until(lambda: outbox.status().waiting == 1)
        assert setup.server.seen == []
        setup.server.reasons = ()
        outbox.look_now()
        wait_until(lambda: outbox.status().waiting == 0)
    finally:
        outbox.stop()
    assert [name.endswith("Z.jpg") for name in setup.files()] == [True]
    assert [(name, keep) for name, _, _, keep in setup.server.seen] == [("Ann", False)]


def test_a_waiting_photograph_that_is_poor_stays_marked_and_is_offered_once(
    tmp_path: Path,
) -> None:
    store = PhotoStore(tmp_path)
    store.save("Ann", picture(1), MOMENT, PhotoState.UNCHECKED)
    store.save("Bo", picture(2), MOMENT, PhotoState.KEEP)
    server = Opinion((DARK,))
    outbox = PhotoOutbox(store, server, server.is_online)
    outbox.start()
    try:
        wait_until(lambda: outbox.status().poor == 1 and outbox.status().waiting == 0)
        outbox.look_now()
        outbox.look_now()
    finally:
        outbox.stop()
    assert [(name, keep) for name, _, _, keep in server.seen] == [("Ann", False), ("Bo", True)]
    assert (tmp_path / "Ann" / "20261122T103000.123Z.unchecked.jpg").exists()
    assert (tmp_path / "Bo" / "20261122T103000.123Z.jpg").read_bytes() == picture(2)
