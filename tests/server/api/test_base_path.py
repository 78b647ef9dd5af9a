"""The path of a reverse proxy: whom it is believed of, and the request that comes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from lookout.server.accounts.trusted import Trust, read_network
from lookout.server.api.middleware.base_path import BasePath
from lookout.server.api.services.base_path import base_path, placed

PROXY, STRANGER = "10.0.0.1", "192.168.1.9"
TRUST = Trust((), (read_network(PROXY),))


def seen(
    path: str, client: str = PROXY, option: str = "", kind: str = "http", **headers: str
) -> tuple[str, str, str]:
    """What the application sees: its own path, the path it is under, and the scheme."""
    found: list[tuple[str, str, str]] = []

    async def application(scope: Scope, _: Receive, __: Send) -> None:
        assert scope["root_path"] == base_path()
        assert scope["path"].startswith(base_path())
        own = scope["path"].removeprefix(base_path())
        found.append((own, base_path(), scope["scheme"]))

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    scope = {
        "type": kind,
        "scheme": {"http": "http", "websocket": "ws"}[kind],
        "path": path,
        "root_path": "",
        "client": (client, 50000),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }
    layer = BasePath(application, base_path=option, trust=TRUST)
    asyncio.run(layer(scope, nothing, nothing))
    return found[0]


def test_a_proxy_says_its_path_whether_it_takes_it_off_or_not() -> None:
    for path in ("/healthz", "/lookout/healthz"):
        for headers in ({"x_forwarded_prefix": "/lookout/"}, {"x_ingress_path": "/lookout"}):
            assert seen(path, **headers) == ("/healthz", "/lookout", "http")
    assert seen("/lookoutside", x_forwarded_prefix="/lookout")[0] == "/lookoutside"


def test_the_option_stands_for_a_proxy_that_says_nothing() -> None:
    for path in ("/healthz", "/a/b/healthz"):
        assert seen(path, STRANGER, option="/a/b") == ("/healthz", "/a/b", "http")
    assert seen("/c/healthz", option="/a/b", x_forwarded_prefix="/c")[:2] == ("/healthz", "/c")


@pytest.mark.parametrize("claimed", ["//evil.example", "/a/../b", "/a?b", "lookout", "/", ""])
def test_what_is_no_path_is_believed_of_nobody(claimed: str) -> None:
    assert seen("/healthz", x_forwarded_prefix=claimed) == ("/healthz", "", "http")


def test_a_stranger_is_believed_nothing() -> None:
    headers = {"x_forwarded_prefix": "/lookout", "x_forwarded_proto": "https"}
    assert seen("/healthz", STRANGER, **headers) == ("/healthz", "", "http")


def test_a_proxy_says_whether_the_browser_came_over_tls() -> None:
    assert seen("/", x_forwarded_proto="http, https")[2] == "https"
    assert seen("/", kind="websocket", x_forwarded_proto="https")[2] == "wss"
    assert seen("/", x_forwarded_proto="gopher")[2] == "http"


def test_only_addresses_of_plain_json_are_placed_under_the_path() -> None:
    told = {"image": "/api/v1/samples/1/image", "name": "/api/v1/", "people": {"image": "per_1"}}

    async def under(_: Scope, __: Receive, ___: Send) -> None:
        assert placed({"faces": [told]}) == {
            "faces": [{**told, "image": "/lookout/api/v1/samples/1/image"}]
        }

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    scope: Scope = {"type": "http", "scheme": "http", "path": "/", "client": None, "headers": []}
    asyncio.run(BasePath(under, base_path="/lookout", trust=TRUST)(scope, nothing, nothing))
    assert placed(told) is told
