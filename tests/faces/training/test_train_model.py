"""`lookout train` as its user meets it: what it prints, writes and returns."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.gallery.encodings_file import read_gallery, save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.judgement import NO_FACE
from lookout.faces.training.contact_sheet import REFUSED_BGR, contact_sheet
from lookout.faces.training.training_report import PhotoReport
from lookout.train import CANNOT, INTERRUPTED, NOTHING_USABLE, main
from tests.support.paths import ROOT
from tests.support.portraits import read_image


@pytest.fixture
def images(data: Path, tmp_path: Path) -> Path:
    root = tmp_path / "images"
    for person, names in (("Dad", ["Family1-Dad1", "Family1-Dad2"]), ("Mom", ["Family1-Mom1"])):
        (root / person).mkdir(parents=True)
        for name in names:
            shutil.copy(data / "families" / f"{name}.jpg", root / person)
    return root


def run(images: Path, output: Path, *more: str) -> int:
    arguments = ["--images", str(images), "--output", str(output), "--device", "cpu"]
    return main([*arguments, "--encoder", "dlib-128", *more])


@pytest.mark.data
def test_it_reports_per_person_what_was_used_and_draws_a_sheet(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (images / "Dad" / "broken.jpg").write_text("no picture")
    (images / "Ghost").mkdir()
    sheet = tmp_path / "sheet.png"
    assert run(images, tmp_path / "e.pkl", "--contact-sheet", str(sheet)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["person", "used", "refused"]
    assert lines[1].split() == ["Dad", "2", "1", "1", "unreadable"]
    assert lines[2].split() == ["Ghost", "0", "0"]
    assert lines[3].split() == ["Mom", "1", "0"]
    formats = "JPEG, PNG, WEBP, BMP, TIFF, GIF"
    assert lines[4] == f"  Dad/broken.jpg: it is not a picture of a supported format: {formats}"
    assert lines[5] == "Ghost cannot be recognized: no photograph of Ghost could be used."
    assert lines[6].endswith("e.pkl: 3 encodings of 2 people.")
    assert read_image(sheet).shape == (168, 1024, 3)


def test_a_sheet_names_people_in_their_own_script(tmp_path: Path) -> None:
    said: list[tuple[object, ...]] = []

    class RenderedText:
        def blend(self, image_bgr: Image, left: int, top: int) -> None:
            said.append((left, top))

    def caption(text: str, widest_px: int, colour: object) -> RenderedText:
        said.append((text, widest_px, colour))
        return RenderedText()

    file = tmp_path / "empty.jpg"
    file.write_bytes(b"")
    photo = PhotoReport(file, "Ада", (NO_FACE,), np.zeros(4, np.float32), fresh=True)
    sheet = contact_sheet([photo], caption)
    assert sheet.shape == (168, 1024, 3)
    assert said == [
        ("Ада", 124, REFUSED_BGR), (2, 126), ("no face", 124, REFUSED_BGR), (2, 146)
    ]  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize(("more", "listed"), [((), 8), (("--verbose",), 11)])
def test_a_long_list_of_refusals_is_cut_unless_asked_for(
    more: Sequence[str],
    listed: int,
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(11):
        (images / "Mom" / f"broken{number}.jpg").write_text(f"no picture {number}")
    assert run(images, tmp_path / "e.pkl", *more) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("it is not a picture" in line for line in lines) == listed
    assert ("  Mom: … and 3 more; see --verbose" in lines) is (listed == 8)


@pytest.mark.data
def test_nothing_usable_is_exit_1_and_says_so(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images" / "Ada").mkdir(parents=True)
    shutil.copy(data / "bbt" / "groups" / "white.png", tmp_path / "images" / "Ada")
    assert run(tmp_path / "images", tmp_path / "e.pkl") == NOTHING_USABLE
    assert "could be used" in capsys.readouterr().err
    assert not (tmp_path / "e.pkl").exists()


def test_no_photograph_at_all_teaches_where_to_put_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    assert run(tmp_path / "images", tmp_path / "e.pkl") == NOTHING_USABLE
    assert "utils/images/Ada Lovelace/portrait.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "/nowhere/at/all"], "there is no folder /nowhere/at/all"),
        (["--detector", "crystal-ball"], "there is no detector 'crystal-ball'"),
        (["--encoder", "crystal-ball"], "there is no encoder 'crystal-ball'"),
    ],
)
def test_what_is_missing_is_named_with_exit_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--output", str(tmp_path / "e.pkl"), *arguments]) == CANNOT
    assert message in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "Three to ten photographs" in text
    assert "--contact-sheet" in text


def heed_ctrl_c() -> None:
    """A shell that runs the tests in the background makes them ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.data
def test_ctrl_c_keeps_what_was_learnt(data: Path, tmp_path: Path) -> None:
    """A real process, a real SIGINT once the bar has moved; then the rest in a second run."""
    folder = tmp_path / "images" / "Everybody"
    folder.mkdir(parents=True)
    for path in (data / "families").glob("*.jpg"):
        shutil.copy(path, folder)
    count = len(list(folder.iterdir()))
    arguments = ["--images", str(folder.parent), "--output", str(tmp_path / "e.pkl")]
    arguments += ["--device", "cpu", "--encoder", "dlib-128"]
    command = [sys.executable, str(ROOT / "train_model.py"), *arguments]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, cwd=tmp_path, preexec_fn=heed_ctrl_c
    )
    assert process.stderr is not None
    seen = b""
    deadline = time.monotonic() + 60
    while f" 3/{count}".encode() not in seen and time.monotonic() < deadline:
        seen += os.read(process.stderr.fileno(), 4096)
        if any(f" {n}/{count}".encode() in seen for n in range(3, count)):
            break
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED, rest
    assert b"What was learnt so far is kept" in rest
    assert not (tmp_path / "e.pkl").exists()
    assert (tmp_path / ".e.cache.npz").exists()


@pytest.mark.data
def test_a_full_disk_changes_nothing_and_is_explained(
    images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "e.pkl"
    foreign = pickle.dumps({"encodings": [[0.1] * 128], "names": ["Old friend"]})
    output.write_bytes(foreign)

    def full(_handle: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(images, output) == CANNOT
    message = capsys.readouterr().err
    assert f"there is no room for {output}" in message
    assert "Nothing was changed. Free some space" in message
    assert output.read_bytes() == foreign
    assert {path.name for path in tmp_path.iterdir()} <= {"e.pkl", ".e.lock", "images"}


@pytest.mark.data
def test_people_without_photographs_are_kept_beside_the_new_gallery(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "e.pkl"
    save_gallery(output, Gallery(np.full((1, 128), 0.1, np.float32), ("Imported",), "dlib-128"))
    assert run(images, output) == 0
    assert f"lookout import-gallery {tmp_path / 'e.other-1.pkl'}" in capsys.readouterr().out
    assert read_gallery(tmp_path / "e.other-1.pkl").people == ("Imported",)
    assert read_gallery(output).people == ("Dad", "Mom")


@pytest.mark.data
def test_what_is_left_out_gets_a_line_and_a_count(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heic = b"\0\0\0\x24ftypavis\0\0\0\0mif1" + bytes(100)
    (images / "Mom" / "IMG_1.AVIF").write_bytes(heic)
    (images / "Mom" / "Family1-Mom1.jpg").rename(images / "Mom" / "download.jfif")
    shutil.copy(images / "Dad" / "Family1-Dad1.jpg", images / "Bob.jpg")
    (images / "#recycle").mkdir()
    assert run(images, tmp_path / "e.pkl") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[:3] == ["Mom", "1", "1"]
    assert any(line.startswith("  Mom/IMG_1.AVIF: ") for line in lines)
    assert any(line.startswith("  Bob.jpg: lies beside the people's folders") for line in lines)
    assert any(line.startswith("  #recycle: left out") for line in lines)
    assert "2 files and folders were left out." in lines


@pytest.mark.data
@pytest.mark.parametrize(
    ("turns", "advice"),
    [(1, "a quarter to the right"), (3, "a quarter to the left"), (2, "upside down")],
)
def test_a_photograph_that_lies_on_its_side_is_not_learnt_and_the_turn_is_named(
    images: Path, tmp_path: Path, turns: int, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = images / "Mom" / "Family1-Mom1.jpg"
    cv2.imwrite(str(path), np.rot90(read_image(path), turns).copy())
    assert run(images, tmp_path / "e.pkl", "--quality", "off") == 0
    said = capsys.readouterr().out
    assert f"turn the picture {advice}." in said
    assert read_gallery(tmp_path / "e.pkl").people == ("Dad",)
