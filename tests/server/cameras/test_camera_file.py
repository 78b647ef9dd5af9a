"""cameras.toml counts for the cameras in it, and for no other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.cameras.camera_file import CameraFile
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.storage.camera_records import CameraKind, CameraRecord, Origin, new_camera_id
from lookout.server.storage.sqlite.store import open_store

TWO = """
[cameras."Front door"]
address = "rtsp://10.0.0.7/main"
sub_address = "rtsp://10.0.0.7/sub"
user = "lookout"
password = "p@ss/word"

[cameras.yard]
address = "http://10.0.0.8/video"
rotate = 180
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[CameraDirectory]:
    with open_store(tmp_path / "data", {}) as store:
        yield CameraDirectory(store.cameras)


def write(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, ns=(0, len(text)))  # another mark, however quick the test is


def names(directory: CameraDirectory) -> list[str]:
    return [camera.name for camera in directory.all()]


def test_the_cameras_of_the_file_are_entered_changed_and_removed_with_it(
    tmp_path: Path, directory: CameraDirectory
) -> None:
    path = tmp_path / "cameras.toml"
    file = CameraFile(path)
    by_hand = directory.add(
        CameraRecord(new_camera_id(), "hall", CameraKind.RTSP, 1.0, address="rtsp://10.0.0.9/1")
    )
    file.take(directory)
    assert names(directory) == ["hall"]
    write(path, TWO)
    file.take(directory)
    assert names(directory) == ["Front door", "hall", "yard"]
    door, _, yard = directory.all()
    assert (door.password, door.origin) == ("p@ss/word", Origin.FILE)
    assert (yard.kind, yard.rotate) == (CameraKind.MJPEG, 180)
    write(path, TWO.replace("main", "other"))
    file.take(directory)
    assert directory.get(door.id).address == "rtsp://10.0.0.7/other"
    path.unlink()
    file.take(directory)
    assert directory.all() == (by_hand,)


@pytest.mark.parametrize(
    "text",
    [
        "[cameras.yard\n",
        "cameras = 3",
        "[cameras.yard]\naddress = 7",
        '[cameras.yard]\naddress = "rtsp://10.0.0.7/a"\nrotate = 45',
        '[cameras.yard]\naddress = "rtsp://10.0.0.7/a"\npasword = "hidden-word"',
        '[cameras.yard]\naddress = "gopher://admin:hidden-word@10.0.0.7/a"',
        '[cameras.yard]\naddress = "rtsp://10.0.0.7/a"\nkind = "telepathy"',
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_tells_no_secret(
    tmp_path: Path, directory: CameraDirectory, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = tmp_path / "cameras.toml"
    file = CameraFile(path)
    write(path, TWO)
    file.take(directory)
    before = directory.all()
    write(path, text)
    file.take(directory)
    file.take(directory)
    assert directory.all() == before
    assert len(caplog.records) == 1
    assert str(path) in caplog.text
    assert "hidden-word" not in caplog.text
