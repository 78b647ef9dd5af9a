"""The real server serves both ports, shares its people between them, and ends in time."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest

from server.settings import read_settings
from tests.server.process import ServerProcess


def test_one_process_serves_both_ports_and_ends_within_two_seconds(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, http=True) as server:
        with urllib.request.urlopen(f"{server.http_address}/healthz", timeout=10) as answer:  # noqa: S310
            assert b'"status":"ok"' in answer.read()
        server.connect().close()
        assert server.terminate() < 2.0
        assert server.process.returncode == 0
        assert server.process.stdout is not None
        told = server.process.stdout.read().decode()
    password = re.search(r"shown only now: (\S+)", told)
    assert password is not None
    assert password[1] not in server.log
    assert (tmp_path / "data" / ".encryption_key").stat().st_mode & 0o077 == 0


def test_no_auth_on_the_network_is_refused() -> None:
    with pytest.raises(Exception, match="works on this machine alone"):
        read_settings(["--no-auth", "--http-host", "0.0.0.0"], {})  # noqa: S104
