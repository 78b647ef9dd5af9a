"""`lookout cluster` on real photographs and a real video: folders, sheets, and what is told."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import pytest

from lookout.faces.training.photo_folders import survey
from lookout.server.commands.cluster import main

pytestmark = pytest.mark.data
OPTIONS = ["--encoder", "sface", "--detector", "yunet", "--quiet"]


@pytest.fixture
def holiday(data: Path, tmp_path: Path, weights: None) -> Path:
    """Photographs of two people, one of them of both with a child beside them; and
    what is no picture of anybody."""
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("obama.jpg", "obama2.jpg", "biden.jpg", "obama_and_biden.jpg"):
        shutil.copy(data / "face_recognition" / name, folder)
    shutil.copy(data / "bbt" / "groups" / "white.png", folder)
    (folder / "broken.jpg").write_text("this is text")
    return folder


def test_people_get_folders_that_train_takes_and_sheets(
    holiday: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sorted"
    assert main([str(holiday), "--out", str(out), *OPTIONS]) == 0
    said = capsys.readouterr().out
    assert "1 file could not be read:\n  broken.jpg: it is not a picture" in said
    assert "1 file without a face:\n  white.png" in said
    assert "6 faces in 5 files: 2 people, and 1 like no other" in said
    # the president in three pictures, the vice president in two
    folders = survey(out / "people")
    assert folders.people == ("person-001", "person-002")
    assert not folders.left_out
    assert [person for _, person in folders.files] == ["person-001"] * 3 + ["person-002"] * 2
    with (out / "faces.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = {(row["cluster"], row["file"]) for row in csv.DictReader(file)}
    assert rows == {
        *(("person-001", name) for name in ("obama.jpg", "obama2.jpg", "obama_and_biden.jpg")),
        *(("person-002", name) for name in ("biden.jpg", "obama_and_biden.jpg")),
        ("alone", "obama_and_biden.jpg"),
    }
    overview = cv2.imread(str(out / "overview.jpg"))
    assert overview is not None
    assert overview.shape == (2 * (32 + 132), 8 * 132, 3)
    assert (out / "faces.csv").stat().st_mode & 0o077 == 0


def test_a_folder_with_files_in_it_is_left_as_it_is(
    holiday: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(holiday), "--out", str(holiday), *OPTIONS]) == 2
    assert "is not empty: name another folder with --out" in capsys.readouterr().err


def test_without_a_face_nothing_is_written(
    holiday: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none"
    assert main([str(holiday / "white.png"), "--out", str(out), *OPTIONS]) == 1
    assert "no face was found; nothing was written" in capsys.readouterr().err
    assert list(out.iterdir()) == []


@pytest.mark.slow
def test_the_people_of_a_video_are_sorted(data: Path, tmp_path: Path, weights: None) -> None:
    out = tmp_path / "film"
    film = str(data / "video" / "hamilton.mp4")
    assert main([film, "--out", str(out), "--fps", "1", *OPTIONS]) == 0
    with (out / "faces.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["file"] for row in rows} == {"hamilton.mp4"}
    # two faces of one moment are never in one folder
    seen = [(row["cluster"], row["time_s"]) for row in rows if row["cluster"] != "alone"]
    assert len(seen) == len(set(seen)) >= 4
