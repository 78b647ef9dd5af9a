"""The real server, as a user starts it, tells both clients of Socket.IO what happens."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.server.sockets.clients import (
    Client,
    JavaScriptClient,
    PythonClient,
    install_node_packages,
)
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow


def test_the_real_server_tells_clients_in_python_and_javascript(tmp_path: Path) -> None:
    install_node_packages()
    with ServerProcess(tmp_path, "--no-auth", http=True) as server:
        clients: list[Client] = [
            PythonClient(server.http_address, "", None),
            JavaScriptClient(server.http_address, "", 0),
        ]
        try:
            assert [client.next()[0] for client in clients] == ["hello", "hello"]
            request = urllib.request.Request(  # noqa: S310
                f"{server.http_address}/api/v1/people",
                data=json.dumps({"name": "Ada"}).encode(),
                headers={"content-type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                ada = json.load(answer)["id"]
            for client in clients:
                name, told = client.next()
                assert (name, told["type"], told["person"]) == (
                    "event",
                    "person.enrolled",
                    {"id": ada, "name": "Ada"},
                )
        finally:
            for client in clients:
                client.close()
        assert server.stop() == 0
