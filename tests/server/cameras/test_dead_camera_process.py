"""Cameras that do not answer keep the server neither from starting, nor from answering, nor from
ending."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.server_process import ServerProcess

LONGEST_S = 180.0
SAID = {"dark": "sends nothing", "closed": "nothing answers"}


def ask(server: ServerProcess, path: str) -> Any:
    url = f"{server.http_address}{path}"
    with urllib.request.urlopen(url, timeout=30.0) as answer:  # noqa: S310 - our own server
        return json.load(answer)


@pytest.mark.slow
def test_a_server_whose_cameras_are_all_dead_starts_answers_and_ends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        cameras = tmp_path / "cameras.toml"
        cameras.write_text(
            f'[cameras.dark]\naddress = "rtsp://127.0.0.1:{port}/x"\nuser = "lookout"\n'
            'password = "s3cret"\n[cameras.closed]\naddress = "rtsp://127.0.0.1:1/x"\n',
            encoding="utf-8",
        )
        given = ("--cameras", str(cameras), "--no-auth")
        with ServerProcess(tmp_path, *given, http=True) as server:
            assert ask(server, "/healthz")
            until_s = time.monotonic() + LONGEST_S
            why: dict[str, str] = {}
            while not all(SAID[name] in why.get(name, "") for name in SAID):
                assert time.monotonic() < until_s, why
                time.sleep(0.2)
                listed = ask(server, "/api/v1/cameras")
                why = {one["name"]: one["why"] for one in listed}
            assert {one["condition"] for one in listed} == {"offline"}
            assert "s3cret" not in json.dumps(listed) + server.log_text
            server.signal(signal.SIGTERM)
            assert server.stop() == 0
