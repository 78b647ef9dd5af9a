"""The real server serves both ports, shares its people between them, and ends in time."""

from __future__ import annotations

import contextlib
import logging
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from lookout.server import settings
from lookout.server.app import open_web_side
from lookout.server.errors import BadSettings
from lookout.server.settings import ServerSettings, read_settings
from lookout.server.storage.records import Role
from lookout.server.web import NoWeb
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
    assert read_settings(["--match", "hash"], {}).http
    assert read_settings(["--http"], {}).http_stated
    assert not read_settings([], {}).http_stated
    monkeypatch.setattr(settings, "find_spec", lambda name: None if name == "fastapi" else object())
    assert not read_settings([], {}).http
    assert read_settings(["--http"], {}).http


def test_the_path_of_a_reverse_proxy_is_read_and_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert read_settings(["--base-path", "/lookout/"], {}).base_path == "/lookout"
    for wrong in ("lookout", "//lookout", "/a/../b"):
        with pytest.raises(SystemExit):
            read_settings(["--base-path", wrong], {})
        assert "is not a path such as /lookout" in capsys.readouterr().err


def test_trusted_addresses_and_allowed_names_are_read_and_checked() -> None:
    given = read_settings(
        [
            *("--trust", "192.168.1.0/24=operator", "--trust", "fd00::7=viewer"),
            *("--trusted-proxy", "10.0.0.1", "--allow-http-host", "NAS.lan."),
        ],
        {},
    )
    assert [str(trusted.network) for trusted in given.trusted] == ["192.168.1.0/24", "fd00::7/128"]
    assert [trusted.role for trusted in given.trusted] == [Role.OPERATOR, Role.VIEWER]
    assert [str(proxy) for proxy in given.trusted_proxies] == ["10.0.0.1/32"]
    assert given.http_hosts == ("nas.lan",)
    with pytest.raises(BadSettings, match="exclude each other"):
        read_settings(["--no-auth", "--trust", "192.168.1.7=viewer"], {})


@pytest.mark.parametrize(
    "options",
    [
        ("--trust", "0.0.0.0/0=operator"),
        ("--trust", "192.168.1.7"),
        ("--trusted-proxy", "proxy.lan"),
        ("--allow-http-host", "*"),
        ("--allow-http-host", "http://nas.lan"),
        ("--allow-http-host", "nas.lan:8000"),
    ],
)
def test_what_would_let_anybody_in_is_a_mistake_on_the_command_line(
    options: tuple[str, ...],
) -> None:
    with pytest.raises(SystemExit):
        read_settings(options, {})


def test_a_trusted_network_is_loud_in_the_log(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--trust", "192.168.1.0/24=operator", http=True) as server:
        assert "WARNING TRUSTED without a key: 192.168.1.0/24" in server.log_text


def test_a_taken_http_port_leaves_the_edges_served_where_nobody_asked_for_http(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        data = ("--data", str(tmp_path / "data"))
        with ServerProcess(tmp_path, "--http-port", port, *data, http=None) as server:
            server.connect().close()
            assert f"WARNING no HTTP API: port {port} on 127.0.0.1 is taken" in server.log_text
            assert "choose another port with --http-port" in server.log_text
            assert not server.http_address
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("stated", "why"), [(True, "(--no-http)"), (False, "(not installed: pip install '.[api]')")]
)
def test_the_log_says_why_there_is_no_http_api(
    stated: bool, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with contextlib.ExitStack() as opened:
        web = open_web_side(ServerSettings(http=False, http_stated=stated), opened)
    assert isinstance(web, NoWeb)
    assert caplog.messages == [f"no HTTP API {why}"]


def test_a_taken_http_port_says_how_to_do_without(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "server", "--port", "0", "--http", "--http-port", port),
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
