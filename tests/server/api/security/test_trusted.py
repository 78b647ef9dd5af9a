"""Requests without a key from trusted addresses, and the pages of other sites that must not make
any."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from lookout.server.accounts.trusted import Trust, read_network, read_trust
from lookout.server.api.dependencies import ApiSettings
from tests.support.api import Api

TRUST = Trust((read_trust("192.168.1.0/24=operator"),), (read_network("10.0.0.1"),))
SETTINGS = ApiSettings(
    cors_origins=("https://board.home",), allowed_hosts=frozenset({"nas.lan"}), trust=TRUST
)
PEOPLE = "/api/v1/people"


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    return make_api(SETTINGS)


def ask(
    api: Api, address: str, method: str = "GET", path: str = PEOPLE, **headers: str
) -> tuple[int, str]:
    """Status and text of a request from this address."""
    client = TestClient(api.app, "http://192.168.1.2:8000", client=(address, 50000))
    answer = client.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return answer.status_code, answer.text


def test_a_trusted_address_needs_no_key_and_has_its_role_no_more(api: Api) -> None:
    assert ask(api, "192.168.1.7")[0] == 200
    assert ask(api, "192.168.1.7", path="/api/v1/users")[0] == 403
    assert ask(api, "192.168.2.7")[0] == 401
    entry = api.call("GET", "/api/v1/audit").json()["items"][0]
    assert (entry["actor"], entry["detail"]["address"]) == (
        "address:192.168.1.7",
        "192.168.1.7",
    )


def test_a_trusted_address_makes_no_key_even_as_an_admin(make_api: Callable[..., Api]) -> None:
    api = make_api(ApiSettings(trust=Trust((read_trust("192.168.1.0/24=admin"),))))
    client = TestClient(api.app, "http://192.168.1.2:8000", client=("192.168.1.7", 50000))
    asked = {"name": "for ever", "rights": ["recognize"]}
    answer = client.post("/api/v1/keys", json=asked)
    assert answer.status_code == 422
    assert "a trusted address has no account" in answer.json()["error"]["message"]
    key = api.headers["admin"]["x-api-key"]
    assert client.post("/api/v1/keys", json=asked, headers={"x-api-key": key}).status_code == 201


def test_a_real_key_counts_and_another_text_in_its_place_does_not_matter(api: Api) -> None:
    key = api.headers["admin"]["x-api-key"]
    assert ask(api, "192.168.1.7", path="/api/v1/users", x_api_key=key)[0] == 200
    assert ask(api, "192.168.1.7", x_api_key="whatever")[0] == 200
    assert ask(api, "192.168.2.7", x_api_key="whatever")[0] == 401
    assert ask(api, "192.168.1.7", authorization="Bearer expired.token")[0] == 401


def test_a_forwarded_address_counts_from_a_named_proxy_only(api: Api) -> None:
    assert ask(api, "10.0.0.1", x_forwarded_for="192.168.1.7")[0] == 200
    assert ask(api, "10.0.0.1")[0] == 401
    assert ask(api, "203.0.113.9", x_forwarded_for="192.168.1.7")[0] == 401
    for header in ("x_forwarded_for", "forwarded", "x_real_ip"):
        assert ask(api, "192.168.1.7", **{header: "203.0.113.9"})[0] == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.1.2:8000", 200),
        ("[fd00::2]:8000", 200),
        ("localhost", 200),
        ("nas.lan:8000", 200),
        ("NAS.lan.", 200),
        ("rebound.example", 421),
        ("nas.lan.evil.example", 421),
        ("", 421),
    ],
)
def test_only_addresses_and_allowed_names_are_served_without_a_key(
    api: Api, host: str, status: int
) -> None:
    """A foreign page whose name was pointed at the server sends that name."""
    assert ask(api, "192.168.1.7", host=host)[0] == status


def test_a_key_is_served_under_any_name(api: Api) -> None:
    key = api.headers["viewer"]["x-api-key"]
    assert ask(api, "192.168.1.7", host="proxy.example", x_api_key=key)[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"origin": "https://board.home"}, 422),
        ({}, 422),
    ],
)
def test_pages_of_other_sites_do_not_act_through_a_browser_on_a_trusted_address(
    api: Api, headers: dict[str, str], status: int
) -> None:
    """422: it went on to the route, which misses what a person has."""
    assert ask(api, "192.168.1.7", "POST", **headers)[0] == status


def test_a_name_can_be_allowed_without_sign_in(make_api: Callable[..., Api]) -> None:
    """A client in a container calls this machine host.docker.internal."""
    hosts = frozenset({"host.docker.internal"})
    api = make_api(ApiSettings(no_auth=True, allowed_hosts=hosts))
    assert ask(api, "127.0.0.1", host="host.docker.internal:8000")[0] == 200
    assert ask(api, "127.0.0.1", host="rebound.example")[0] == 421
