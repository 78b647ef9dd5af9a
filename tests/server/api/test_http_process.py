"""The real server serves both ports, shares its people between them, and ends in time."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from lookout.server import settings
from lookout.server.errors import BadSettings
from lookout.server.settings import read_settings
from tests.support.paths import ROOT
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow


def test_one_process_serves_both_ports_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, http=True) as server:
        with urllib.request.urlopen(f"{server.http_address}/healthz", timeout=10) as answer:  # noqa: S310
            assert b'"status":"ok"' in answer.read()
        server.connect().close()
        assert server.stop() == 0
    told = server.output.read_text(encoding="utf-8")
    file = tmp_path / "data" / "first-password.txt"
    assert str(file) in told
    assert file.read_text().strip() not in told  # what is no terminal may be a journal
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / ".encryption_key").stat().st_mode & 0o077 == 0


def test_no_auth_on_the_network_is_refused() -> None:
    with pytest.raises(Exception, match="works on this machine alone"):
        read_settings(["--no-auth", "--http-host", "0.0.0.0"], {})  # noqa: S104


def test_http_is_on_where_its_packages_are_and_off_when_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_settings([], {}).http
    assert not read_settings(["--no-http"], {}).http
    assert not read_settings(["--no-http", "--match", "hash"], {}).http
    with pytest.raises(BadSettings, match="add --no-http"):
        read_settings(["--match", "hash"], {})
    monkeypatch.setattr(settings, "find_spec", lambda name: None if name == "fastapi" else object())
    assert not read_settings([], {}).http
    assert read_settings(["--http"], {}).http


def test_a_taken_http_port_says_how_to_do_without(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "server", "--port", "0", "--http-port", port),
                *("--data", str(tmp_path / "data")),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    assert ended.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken" in ended.stderr
    assert "--no-http" in ended.stderr
    assert not (tmp_path / "data").exists()
