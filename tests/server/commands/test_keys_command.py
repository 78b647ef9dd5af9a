"""`lookout keys serve` says in one line why it cannot be started."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.server.commands.keys import main
from lookout.server.storage.lock import ServerLock
from tests.support.keys import SECRET


def test_without_a_secret_it_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--folder", str(tmp_path), "--port", "0"]) == 2
    assert "openssl rand -hex 32" in capsys.readouterr().err
    assert main(["serve", "--folder", str(tmp_path), "--tls-cert", "cert.pem"]) == 2
    assert "--tls-key" in capsys.readouterr().err


def test_a_folder_that_a_server_has_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOKOUT_KEYS_TOKEN", SECRET)
    with ServerLock(tmp_path):
        assert main(["serve", "--folder", str(tmp_path), "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "is running on the data folder" in said
    assert SECRET not in said
