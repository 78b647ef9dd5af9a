"""`lookout cameras` enters, lists, tests and removes cameras, and says no password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookout.server.commands.cameras import PASSWORD_VARIABLE, main
from lookout.server.storage.sqlite.store import open_store

SECRET = "p@ss:w/rd #1?"


def run(
    capsys: pytest.CaptureFixture[str], *arguments: str | Path, status: int = 0
) -> tuple[str, str]:
    assert main([str(one) for one in arguments]) == status
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    return said.out, said.err


def test_a_camera_is_added_listed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", tmp_path / "data")
    monkeypatch.setenv(PASSWORD_VARIABLE, SECRET)
    run(capsys, "add", "yard", "rtsp://10.0.0.7/main", "--user", "lookout", *data)
    with open_store(tmp_path / "data", os.environ) as store:
        (camera,) = store.cameras.all()
    assert (camera.user, camera.password) == ("lookout", SECRET)
    listed, _ = run(capsys, "list", *data)
    assert listed.split() == ["yard", "rtsp", "rtsp://10.0.0.7/main"]
    _, refused = run(capsys, "add", "yard", "rtsp://10.0.0.8/main", *data, status=2)
    assert "another name" in refused
    run(capsys, "remove", "yard", *data)
    listed, _ = run(capsys, "list", *data)
    assert "no camera" in listed


def test_what_a_name_asks_of_liveness_is_set_for_one_camera(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", tmp_path / "data")
    run(capsys, "add", "door", "0", *data)
    said, _ = run(capsys, "liveness", "door", "challenge", *data)
    assert said == "liveness at door: challenge\n"
    assert "liveness challenge" in run(capsys, "list", *data)[0]
    run(capsys, "liveness", "door", "server", *data)
    with open_store(tmp_path / "data", os.environ) as store:
        (camera,) = store.cameras.all()
    assert camera.liveness is None


def test_an_address_that_cannot_be_is_refused_without_its_login(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"gopher://admin:{SECRET}@10.0.0.7/x"
    _, said = run(capsys, "add", "x", address, "--data", tmp_path / "data", status=2)
    assert "rtsp://" in said or "http://" in said


def test_a_camera_that_is_not_there_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    said, _ = run(capsys, "test", "rtsp://127.0.0.1:1/x", status=1)
    assert "nothing answers on this port" in said
