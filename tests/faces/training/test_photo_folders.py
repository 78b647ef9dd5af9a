"""What lies in the folder of people: nothing is learnt by mistake, nothing left out in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookout.faces.training.photo_folders import PhotoFolders, survey


def laid_out(root: Path, *files: str | bytes) -> PhotoFolders:
    for file in files:
        path = root / os.fsdecode(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return survey(root)


def lines(folders: PhotoFolders) -> dict[str, str]:
    return {str(left.path): left.reason for left in folders.left_out}


def test_every_file_of_a_person_is_looked_at_whatever_it_is_called(tmp_path: Path) -> None:
    names = ("a.jpg", "b.HEIC", "c.jfif", "d.gif", "e.avif", "f", "g.txt", "2023/h.jpg")
    folders = laid_out(tmp_path, *(f"Ada/{name}" for name in names))
    assert {path.name for path, _ in folders.files} == {Path(name).name for name in names}
    assert {person for _, person in folders.files} == {"Ada"}
    assert folders.left_out == ()


@pytest.mark.parametrize(
    "folder",
    ["@eaDir", "#recycle", "__MACOSX", "lost+found", "$RECYCLE.BIN", "System Volume Information",
     ".Trash-1000", "#snapshot"],
)  # fmt: skip
def test_a_folder_of_computers_is_nobody_beside_people_and_among_their_photographs(
    tmp_path: Path, folder: str
) -> None:
    folders = laid_out(tmp_path, "Ada/1.jpg", f"{folder}/old.jpg", f"Ada/{folder}/thumb.jpg")
    assert folders.people == ("Ada",)
    assert [path.name for path, _ in folders.files] == ["1.jpg"]
    assert set(lines(folders)) == {folder, f"Ada/{folder}"}


def test_a_photograph_beside_the_folders_is_told_where_to_go(tmp_path: Path) -> None:
    folders = laid_out(tmp_path, "Ada/1.jpg", "Bob.jpg", "._Bob.jpg", ".DS_Store", "Thumbs.db")
    assert folders.people == ("Ada",)
    assert lines(folders).keys() == {"Bob.jpg", "._Bob.jpg"}
    assert "(Bob/)" in lines(folders)["Bob.jpg"]


def test_the_parts_of_a_data_set_are_explained_and_not_learnt(tmp_path: Path) -> None:
    folders = laid_out(tmp_path, "train/Ada/1.jpg", "train/Bob/1.jpg", "val/Ada/2.jpg")
    assert folders.people == ()
    assert f"(Ada, Bob). Train with --images {tmp_path / 'train'}" in lines(folders)["train"]
    assert "val" in lines(folders)


def test_somebody_may_be_called_test(tmp_path: Path) -> None:
    assert laid_out(tmp_path, "Test/1.jpg", "Test/2023/2.jpg").people == ("Test",)


def test_a_folder_whose_name_is_no_text_is_named_safely(tmp_path: Path) -> None:
    folders = laid_out(tmp_path, b"Bj\xf6rn/1.jpg", "Ada/1.jpg", "unknown/1.jpg")
    assert folders.people == ("Ada",)
    (bad,) = [left for left in folders.left_out if left.path.name != "unknown"]
    assert "Rename the folder" in bad.reason
    assert "marks faces without a name" in lines(folders)["unknown"]


def test_a_second_spelling_joins_the_first_and_is_told(tmp_path: Path) -> None:
    folders = laid_out(tmp_path, "Ada/1.jpg", "ada/2.jpg")
    assert folders.people == ("Ada",)
    assert [person for _, person in folders.files] == ["Ada", "Ada"]
    assert folders.spellings == ("ada is learnt as Ada: large and small letters are one name",)


def test_links_to_folders_and_what_is_no_file_get_a_line(tmp_path: Path) -> None:
    laid_out(tmp_path, "Ada/1.jpg")
    (tmp_path / "Bob").symlink_to(tmp_path / "Ada")
    (tmp_path / "Ada" / "more").symlink_to(tmp_path / "Ada")
    (tmp_path / "Ada" / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    os.mkfifo(tmp_path / "Ada" / "pipe.jpg")
    folders = survey(tmp_path)
    assert lines(folders).keys() == {"Bob", "Ada/more", "Ada/gone.jpg", "Ada/pipe.jpg"}
    assert [path.name for path, _ in folders.files] == ["1.jpg"]
